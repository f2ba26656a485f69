/** @file The methods of models: those installed, those to be had, and the long work on them. */

import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { InstalledModel, ModelShop } from "../../contract/models.ts";
import type { StudioEvents, StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import { givenPath } from "../files/given-path.ts";
import type { InUse } from "../in-use.ts";
import { anId, listOf, optional, requireParams, text } from "../params.ts";
import type { Field } from "../params.ts";
import type { ModelPlaces } from "../places.ts";
import { isPath } from "../request-check.ts";
import type { SettingsAccess } from "../settings/settings-store.ts";
import { addModel } from "./add-model.ts";
import { downloadAccess } from "./download-base.ts";
import { downloadableModels, readDownloadManifest } from "./download-manifest.ts";
import { downloadModel } from "./download-model.ts";
import { findModels } from "./found-models.ts";
import { freeBytesOf } from "./free-space.ts";
import { fetchLicence } from "./licence-text.ts";
import { listModels } from "./list-models.ts";
import { checkModelName } from "./model-name.ts";
import { ModelTasks } from "./model-tasks.ts";
import { removeModel } from "./remove-model.ts";
import { verifyModel } from "./verify-model.ts";

type ModelMethod =
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
  | "removeModel";

export interface ModelHandlerParts {
  readonly places: ModelPlaces;
  readonly settings: SettingsAccess;
  readonly inUse: InUse;
  readonly emit: <E extends "models" | "modelTasks">(name: E, payload: StudioEvents[E]) => void;
}

const MAX_LICENCE = 1 << 16;
const MOST_PATHS = 64;
const aName = text(128);
const somePaths: Field = {
  check: (value) => {
    const count = Array.isArray(value) ? value.length : 0;
    return count > 0 && count <= MOST_PATHS && listOf(isPath)(value);
  },
  wanted: `a list of 1 to ${MOST_PATHS} paths`,
};

/** @returns the methods, and the work that is under way */
export function modelHandlers({ places, settings, inUse, emit }: ModelHandlerParts): {
  readonly handlers: Pick<Handlers<StudioService>, ModelMethod>;
  /** Whether something is being done to an installed model, or one that will be. */
  readonly isBusy: (name: string) => boolean;
  readonly stop: () => Promise<void>;
} {
  const [own = ""] = places.folders;
  const list = (): InstalledModel[] => listModels(places.folders);
  const tasks = new ModelTasks(
    (all) => emit("modelTasks", { tasks: all }),
    () => emit("models", { models: list() }),
  );
  const access = (): ReturnType<typeof downloadAccess> => downloadAccess(settings.read().downloadBase);
  function find(name: string): InstalledModel {
    const model = list().find((candidate) => candidate.name === name);
    if (model !== undefined) return model;
    throw new TachieError("model.not-found", `there is no installed model named ${name}`, { where: name });
  }

  const handlers: Pick<Handlers<StudioService>, ModelMethod> = {
    models(params) {
      requireParams("models", params, {});
      return { models: list() };
    },
    async modelShop(params) {
      requireParams("modelShop", params, {});
      const free = await freeBytesAt(own);
      const shop: ModelShop = { downloadable: downloadableModels().map(describe), folder: own, base: access().base };
      return free === undefined ? shop : { ...shop, freeBytes: free };
    },
    async modelLicence(params, { signal }) {
      const { name } = requireParams("modelLicence", params, { name: aName });
      return { text: await fetchLicence(readDownloadManifest(name), access(), signal) };
    },
    async foundModels(params, { signal }) {
      requireParams("foundModels", params, {});
      return { found: await findModels(signal) };
    },
    modelTasks(params) {
      requireParams("modelTasks", params, {});
      return { tasks: tasks.all };
    },
    downloadModel(params) {
      const fields = { name: aName, licence: text(MAX_LICENCE), as: optional(aName) };
      const { name, licence, as = name } = requireParams("downloadModel", params, fields);
      const manifest = readDownloadManifest(name);
      checkModelName(as);
      if (licence !== manifest.licence)
        throw new TachieError("licence.not-accepted", `the licence of ${manifest.title} was not accepted`, {
          where: name,
        });
      const server = access();
      return tasks.start("download", as, async (context) => {
        const { findings } = await downloadModel({ manifest, modelsFolder: own, name: as, access: server, ...context });
        return { findings };
      });
    },
    verifyModel(params) {
      const { name } = requireParams("verifyModel", params, { name: aName });
      const { folder, condition } = find(name);
      if (condition === "unfinished")
        throw new TachieError("model.incomplete", `the download of ${name} is not finished`, {
          where: name,
          remedy: "Go on with the download: it checks everything itself.",
        });
      return tasks.start("verify", name, async ({ signal, onProgress }) => {
        const report = await verifyModel({
          folder,
          modelsFolder: own,
          signal,
          onProgress: (progress) => onProgress({ phase: "check", ...progress }),
        });
        return { verdict: report.status, findings: report.findings };
      });
    },
    addModel(params) {
      const fields = { paths: somePaths, name: optional(aName) };
      const { paths, name } = requireParams("addModel", params, fields);
      const folders = paths.map(givenPath);
      if (name !== undefined) checkModelName(name);
      return tasks.start("add", folders[0] ?? "", async ({ signal, onProgress }) => {
        const added = await addModel({
          folders,
          modelsFolder: own,
          name,
          signal,
          onProgress: (progress) => onProgress({ phase: "check", ...progress }),
        });
        return { model: added.name, findings: added.findings };
      });
    },
    cancelModelTask: (params) => ({ tasks: tasks.cancel(requireParams("cancelModelTask", params, { id: anId }).id) }),
    dismissModelTask: (params) => ({
      tasks: tasks.dismiss(requireParams("dismissModelTask", params, { id: anId }).id),
    }),
    removeModel(params) {
      const { name } = requireParams("removeModel", params, { name: aName });
      checkModelName(name);
      const { folder, origin } = find(name);
      if (origin === "shipped")
        throw new TachieError("model.unsupported", `${name} is a part of Tachie and stays`, {
          where: name,
          remedy: "Choose another model to work with instead.",
        });
      if (tasks.isBusy(name) || inUse.has(folder))
        throw new TachieError("model.in-use", `${name} is in use`, { where: name });
      const removed = removeModel({ name, modelsFolder: own });
      if (settings.read().model === name) settings.change({ model: undefined });
      emit("models", { models: list() });
      const { sizeBytes, kept, trash } = removed;
      const told = { name, folder, origin: removed.origin, sizeBytes, kept };
      return trash === undefined ? told : { ...told, trash };
    },
  };
  return { handlers, isBusy: (name) => tasks.isBusy(name), stop: () => tasks.stop() };
}

function describe(name: string): ModelShop["downloadable"][number] {
  const { title, licence, licenceUrl, approximateBytes } = readDownloadManifest(name);
  return { name, title, licence, licenceUrl, sizeBytes: approximateBytes };
}

/** Of the first folder above that is there; undefined where the system does not tell. */
async function freeBytesAt(folder: string): Promise<number | undefined> {
  try {
    return await freeBytesOf(folder);
  } catch (error) {
    const errno = (error as { code?: unknown }).code;
    if (typeof errno !== "string") throw error;
    const above = path.dirname(folder);
    return errno === "ENOENT" && above !== folder ? freeBytesAt(above) : undefined;
  }
}
