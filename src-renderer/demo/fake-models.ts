/** @file The made-up studio's models and adapters: downloads run at the pace of a good line, everything else is quick. */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { LoraFile } from "../../src-main/contract/loras.ts";
import type { InstalledModel, ModelTask } from "../../src-main/contract/models.ts";
import type { StudioEvents, StudioService } from "../../src-main/contract/studio.ts";
import type { Handlers } from "../../src-main/contract/wire.ts";
import { SAMPLE_LICENCE, SAMPLE_LORAS, SAMPLE_MODELS, SAMPLE_SHOP } from "./sample-models.ts";

const TICK_MS = 200;
const BYTES_PER_SECOND = 45_000_000;

type Emit = <E extends "models" | "modelTasks" | "loras">(name: E, payload: StudioEvents[E]) => void;
type Method =
  | "models"
  | "modelShop"
  | "modelLicence"
  | "foundModels"
  | "modelTasks"
  | "downloadModel"
  | "verifyModel"
  | "addModel"
  | "cancelModelTask"
  | "dismissModelTask"
  | "removeModel"
  | "loras"
  | "addLora"
  | "sendLora"
  | "removeLora";

export class FakeModels {
  readonly handlers: Pick<Handlers<StudioService>, Method>;
  #models: readonly InstalledModel[];
  #tasks: ModelTask[] = [];
  #loras: readonly LoraFile[];
  readonly #emit: Emit;

  constructor(wishes: URLSearchParams, emit: Emit) {
    const isEmpty = wishes.has("empty");
    this.#emit = emit;
    this.#models = isEmpty ? SAMPLE_MODELS.slice(0, 1) : SAMPLE_MODELS;
    this.#loras = isEmpty ? [] : SAMPLE_LORAS;
    this.handlers = this.#handlers(wishes.has("trouble"));
    if (wishes.has("busy")) this.#start("verify", "newbie-exp0.1", 15_900_000_000);
    if (wishes.has("trouble")) this.#fillWithTrouble();
  }

  #fillWithTrouble(): void {
    this.#start("verify", "newbie-exp0.1", 15_900_000_000);
    const [task] = this.#tasks;
    if (task === undefined) return;
    this.#set(task.id, {
      state: "done",
      verdict: "damaged",
      findings: [
        {
          severity: "error",
          message:
            "/home/artist/.local/share/tachie/models/newbie-exp0.1/vae/diffusion_pytorch_model.safetensors has changed",
          remedy: "Fetch the file again.",
        },
      ],
    });
  }

  #handlers(isRefusing: boolean): Pick<Handlers<StudioService>, Method> {
    const shelf = () => ({ folder: "/home/artist/.local/share/tachie/loras", loras: this.#loras });
    const addLora = (file: string, origin: LoraFile["origin"]): LoraFile => {
      const name = file.replace(/^.*[/\\]/, "").replace(/\.safetensors$/i, "");
      const lora: LoraFile = { file, name, origin, condition: "ready", sizeBytes: 1e8, format: "peft", ranks: [16] };
      this.#loras = [...this.#loras.filter((other) => other.file !== file), lora];
      this.#emit("loras", shelf());
      return lora;
    };
    return {
      models: () => ({ models: this.#models }),
      modelShop: () => (isRefusing ? { ...SAMPLE_SHOP, freeBytes: 2_100_000_000 } : SAMPLE_SHOP),
      modelLicence: () => {
        if (isRefusing) throw new TachieError("download.unreachable", "mirror.example: ECONNREFUSED");
        return { text: SAMPLE_LICENCE };
      },
      foundModels: () => ({ found: [] }),
      modelTasks: () => ({ tasks: this.#tasks }),
      downloadModel: ({ name, as }) => this.#start("download", as ?? name, 15_900_000_000),
      verifyModel: ({ name }) => this.#start("verify", name, 15_900_000_000),
      addModel: ({ paths }) => this.#start("add", paths[0] ?? "", 15_900_000_000),
      cancelModelTask: ({ id }) => ({ tasks: this.#set(id, { state: "cancelled" }) }),
      dismissModelTask: ({ id }) => {
        this.#tasks = this.#tasks.filter((task) => task.id !== id);
        return { tasks: this.#tasks };
      },
      removeModel: ({ name }) => {
        this.#models = this.#models.filter((model) => model.name !== name);
        return { name, folder: "", origin: "downloaded", sizeBytes: 0, kept: [] };
      },
      loras: shelf,
      addLora: ({ file }) => addLora(file, "added"),
      sendLora: ({ name, position, bytes, totalBytes }) => {
        const receivedBytes = position + bytes.length;
        if (receivedBytes < totalBytes) return { receivedBytes };
        return { receivedBytes, lora: addLora(`${shelf().folder}/${name}`, "folder") };
      },
      removeLora: ({ file }) => {
        this.#loras = this.#loras.filter((lora) => lora.file !== file);
        return shelf();
      },
    };
  }

  #start(kind: ModelTask["kind"], model: string, totalBytes: number): ModelTask {
    const task: ModelTask = {
      id: `task-${Date.now()}`,
      kind,
      model,
      state: "running",
      startedAt: new Date().toISOString(),
    };
    this.#tasks = [...this.#tasks.filter((other) => other.model !== model), task];
    this.#emit("modelTasks", { tasks: this.#tasks });
    this.#tick(task.id, totalBytes, 0);
    return task;
  }

  #tick(id: string, totalBytes: number, doneBytes: number): void {
    if (this.#tasks.find((task) => task.id === id)?.state !== "running") return;
    if (doneBytes >= totalBytes) {
      this.#set(id, { state: "done", verdict: "ok" });
      return;
    }
    const remainingMs = ((totalBytes - doneBytes) / BYTES_PER_SECOND) * 1000;
    const progress = { phase: "fetch" as const, file: "", doneBytes, totalBytes, bytesPerSecond: BYTES_PER_SECOND };
    this.#set(id, { progress: { ...progress, remainingMs } });
    setTimeout(() => this.#tick(id, totalBytes, doneBytes + (BYTES_PER_SECOND * TICK_MS) / 1000), TICK_MS);
  }

  #set(id: string, change: Partial<ModelTask>): readonly ModelTask[] {
    this.#tasks = this.#tasks.map((task) => (task.id === id ? { ...task, ...change } : task));
    this.#emit("modelTasks", { tasks: this.#tasks });
    return this.#tasks;
  }
}
