/**
 * @file Has the engine load, in quiet moments, what the author's next picture will need, so that the first Generate waits
 * for neither loading nor first runs.
 *
 * It only ever helps: a job that comes has it given up, what fails is not tried again before something has changed, and
 * nothing of it is told to anyone but those who debug. There is no polling: whoever knows of a change calls `consider`.
 */

import type { EngineService } from "../contract/engine.ts";
import { isTachieError } from "../contract/errors.ts";
import type { EngineJob } from "../contract/generation.ts";
import type { Client } from "../contract/wire.ts";
import type { EngineDoor } from "./engine-door.ts";
import type { GenerationPlan } from "./generation-plan.ts";
import type { InUse } from "./in-use.ts";

/** Quiet for so long, the author is not about to do the next thing. */
const QUIET_MS = 1500;
/** Weights of this many bytes keep a CPU and its memory busy for longer than anything unasked should. */
const MAX_HOST_WEIGHTS = 1e9;

export interface WarmUpParts {
  readonly engine: EngineDoor;
  readonly inUse: Pick<InUse, "during">;
  /** Whether the engine has nothing to do and somebody is there who may want a picture. */
  readonly isQuiet: () => boolean;
  /**
   * The picture that is to be expected; undefined where nothing is to be done ahead of it.
   * @throws TachieError where nothing could be generated either
   */
  readonly expected: () => GenerationPlan | undefined;
  /** Whether something else is being done to that model's files. @param folder absolute */
  readonly isWorkedOn: (folder: string) => boolean;
  readonly quietMs?: number;
}

export class WarmUp {
  readonly #parts: WarmUpParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: { readonly abort: AbortController; readonly model: string } | undefined;
  /** What the engine has been given since it was started. */
  #done: string | undefined;
  /** What came to nothing last: not tried again by an engine that was started anew, either. */
  #failed: string | undefined;
  #isStopped = false;

  constructor(parts: WarmUpParts) {
    this.#parts = parts;
    parts.engine.on("state", ({ kind }) => {
      // Slow to answer is still the same engine; any other state means that the next one has nothing in memory.
      if (kind !== "ready" && kind !== "unresponsive") this.#done = undefined;
      this.consider();
    });
  }

  /** Something has changed that may make a warm-up worth while; it begins when all has been quiet for a while. */
  consider(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#attempt(), this.#parts.quietMs ?? QUIET_MS);
    this.#timer.unref();
  }

  /** There is a job: the engine is its own. What it needs it loads itself, if that has not begun. */
  giveUp(): void {
    clearTimeout(this.#timer);
    this.#running?.abort.abort();
  }

  /** Work on a model's files has begun: its warm-up waits until that has ended. */
  makeWay(): void {
    if (this.#running !== undefined && this.#parts.isWorkedOn(this.#running.model)) {
      this.#running.abort.abort();
      this.#done = undefined;
    }
    this.consider();
  }

  stop(): void {
    this.#isStopped = true;
    this.giveUp();
  }

  async #attempt(): Promise<void> {
    try {
      await this.#warm();
    } catch (error) {
      if (!isTachieError(error))
        console.error(error); // a bug, which must not pass unseen
      else if (process.env["TACHIE_DEBUG"] === "1") console.error(`no warm-up: ${error.message}`);
    }
  }

  async #warm(): Promise<void> {
    const { engine, inUse, isQuiet, expected, isWorkedOn } = this.#parts;
    if (this.#running !== undefined || engine.state.kind !== "ready" || !isQuiet()) return;
    const plan = expected();
    const [job] = plan?.jobs ?? [];
    if (plan === undefined || job === undefined || isWorkedOn(job.model)) return;
    const form = formOf(job);
    if (form === this.#done || form === this.#failed) return;
    this.#done = form;
    const abort = new AbortController();
    const { signal } = abort;
    this.#running = { abort, model: job.model };
    try {
      await inUse.during(plan, async () => {
        const { client } = await engine.connection();
        if (signal.aborted || (await isTooMuch(client, job, signal))) return;
        await client.warm({ model: job.model, job }, { signal });
      });
      this.#failed = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#failed = form;
      throw error;
    } finally {
      this.#running = undefined;
      this.consider(); // for what has changed meanwhile
    }
  }
}

/** Whatever decides what is loaded. */
function formOf({ model, loras, toggles, memory, provider }: EngineJob): string {
  return JSON.stringify([model, loras, toggles, memory, provider]);
}

/** Whether it would be a burden: on a CPU a large model is. */
async function isTooMuch(client: Client<EngineService>, job: EngineJob, signal: AbortSignal): Promise<boolean> {
  if (job.provider === "cuda") return false;
  const isOnHost = job.provider === "cpu" || (await client.health({}, { signal })).provider === "cpu";
  return isOnHost && (await client.describe({ model: job.model }, { signal })).weightBytes >= MAX_HOST_WEIGHTS;
}
