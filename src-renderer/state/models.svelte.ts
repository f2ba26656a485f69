/** @file The models on this machine, those to be had, the work on them, and which one a draft is made with. */

import type {
  DownloadableModel,
  FoundModel,
  InstalledModel,
  ModelShop,
  ModelTask,
} from "../../src-main/contract/models.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

/** Part of Tachie itself, so that it is always there to fall back to. */
const STARTER = "starter";

export class ModelsState {
  all = $state.raw<readonly InstalledModel[]>([]);
  isKnown = $state(false);
  readonly ready: readonly InstalledModel[] = $derived(this.all.filter((model) => model.condition === "ready"));
  tasks = $state.raw<readonly ModelTask[]>([]);
  /** Absent until it was asked for. */
  shop = $state.raw<ModelShop | undefined>(undefined);
  /** What other programs have; absent until it was searched for. */
  found = $state.raw<readonly FoundModel[] | undefined>(undefined);
  isSearching = $state(false);
  /** Those that are not here yet, not even in part. */
  readonly toHave: readonly DownloadableModel[] = $derived(
    (this.shop?.downloadable ?? []).filter(
      ({ name }) => !this.all.some((model) => model.name === name || model.download?.of === name),
    ),
  );
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("models", ({ models }) => (this.all = models));
    studio.onEvent("modelTasks", ({ tasks }) => (this.tasks = tasks));
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  async load(): Promise<void> {
    const { client } = this.#studio;
    const answer = await this.#reports.attempt(Promise.all([client.models({}), client.modelTasks({})]));
    if (answer === undefined) return;
    const [{ models }, { tasks }] = answer;
    this.all = models;
    this.tasks = tasks;
    this.isKnown = true;
  }

  /** Sizes, places and free space, as they are now. */
  async loadShop(): Promise<void> {
    this.shop = (await this.#reports.attempt(this.#studio.client.modelShop({}))) ?? this.shop;
  }

  /** The one by that name or folder; without a name the starter. */
  find(name: string | undefined): InstalledModel | undefined {
    return this.all.find((model) => model.name === (name ?? STARTER) || model.folder === name);
  }

  taskOf(model: string): ModelTask | undefined {
    return this.tasks.find((task) => task.model === model);
  }

  /** The licence's text. Its errors are the caller's to show. */
  async licence(name: string): Promise<string> {
    return (await this.#studio.client.modelLicence({ name })).text;
  }

  /** Its licence has been accepted. */
  async download({ name, licence }: DownloadableModel, as?: string): Promise<void> {
    const params = { name, licence, ...(as === undefined ? {} : { as }) };
    await this.#reports.attempt(this.#studio.client.downloadModel(params));
  }

  async verify(name: string): Promise<void> {
    await this.#reports.attempt(this.#studio.client.verifyModel({ name }));
  }

  /** @returns whether it was begun */
  async add(paths: readonly string[]): Promise<boolean> {
    return (await this.#reports.attempt(this.#studio.client.addModel({ paths }))) !== undefined;
  }

  async remove(name: string): Promise<void> {
    const removed = await this.#reports.attempt(this.#studio.client.removeModel({ name }));
    if (removed !== undefined) await Promise.all([this.load(), this.loadShop()]);
  }

  async cancel({ id }: ModelTask): Promise<void> {
    await this.#reports.attempt(this.#studio.client.cancelModelTask({ id }));
  }

  async dismiss({ id }: ModelTask): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.dismissModelTask({ id }));
    if (answer !== undefined) this.tasks = answer.tasks;
  }

  async search(): Promise<void> {
    this.isSearching = true;
    const answer = await this.#reports.attempt(this.#studio.client.foundModels({}));
    this.isSearching = false;
    if (answer !== undefined) this.found = answer.found;
  }
}
