/** @file The methods that ask the engine: how it is, and how long a prompt is. */

import type { EngineHealth } from "../contract/engine.ts";
import { isTachieError } from "../contract/errors.ts";
import type { StudioService } from "../contract/studio.ts";
import type { Handlers } from "../contract/wire.ts";
import { readPrompt } from "../prompt/index.ts";
import type { EngineDoor } from "./engine-door.ts";
import { optional, requireParams, text } from "./params.ts";
import type { Field } from "./params.ts";
import { isPath } from "./request-check.ts";
import { measurePrompt } from "./token-budget.ts";

/** UTF-16 units: as many as the reader of prompts takes bytes. */
const MAX_PROMPT_LENGTH = 1 << 20;
const aModel: Field = { check: isPath, wanted: "a model's name or folder" };
/** An engine that does not answer for so long is told of without its health. */
const HEALTH_WAIT_MS = 2000;

export function engineHandlers(
  engine: EngineDoor,
  findModel: (word: string | undefined) => { readonly folder: string },
): Pick<Handlers<StudioService>, "measurePrompt" | "engine" | "startEngine"> {
  return {
    async measurePrompt(params, { signal }) {
      const fields = { text: text(MAX_PROMPT_LENGTH), model: optional(aModel) };
      const asked = requireParams("measurePrompt", params, fields);
      const { tree } = readPrompt(asked.text.toWellFormed());
      const { folder } = findModel(asked.model);
      const { client } = await engine.connection();
      return measurePrompt(client, folder, tree, signal);
    },
    async engine(params) {
      requireParams("engine", params, {});
      const health = engine.state.kind === "ready" ? await healthOf(engine) : undefined;
      return { state: engine.state, ...(health === undefined ? {} : { health }) };
    },
    async startEngine(params) {
      requireParams("startEngine", params, {});
      await engine.startAgain();
      return { state: engine.state };
    },
  };
}

async function healthOf(engine: EngineDoor): Promise<EngineHealth | undefined> {
  const { client } = await engine.connection();
  const waited = AbortSignal.timeout(HEALTH_WAIT_MS);
  const late = new Promise<undefined>((resolve) => waited.addEventListener("abort", () => resolve(undefined)));
  // It ended while it was asked: its state tells of that.
  const asked = client.health({}).catch((error: unknown) => {
    if (isTachieError(error)) return undefined;
    throw error;
  });
  return Promise.race([asked, late]);
}
