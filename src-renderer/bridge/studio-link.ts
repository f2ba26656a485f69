/**
 * @file The connection to the studio, kept: opened again whenever it is lost, with a growing wait in between.
 *
 * Callers use `client` and need not know which connection is behind it; calls made while there is none reject at once.
 * Events go to listeners that outlive every single connection.
 */

import { TachieError, isTachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { ErrorData } from "../../src-main/contract/errors.ts";
import { STUDIO_EVENTS, STUDIO_METHODS } from "../../src-main/contract/studio.ts";
import type { StudioEvents, StudioService } from "../../src-main/contract/studio.ts";
import { connect } from "../../src-main/contract/wire.ts";
import type { Client, Connection, Port } from "../../src-main/contract/wire.ts";
import { backoffMs } from "./backoff.ts";
import type { Bridge } from "./bridge.ts";

export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "ready" }
  /** `retryAt`: milliseconds since the epoch. */
  | { readonly kind: "lost"; readonly retryAt: number }
  /** No further attempt makes sense. */
  | { readonly kind: "refused"; readonly error: ErrorData };

export type StudioClient = Client<StudioService>;
type EventName = keyof StudioEvents;

const HELLO_TIMEOUT_MS = 10_000;

export class StudioLink {
  readonly client: StudioClient;
  #connection: Connection<StudioService> | undefined;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #bridge: Pick<Bridge, "open">;
  readonly #stateListeners: ((state: LinkState) => void)[] = [];
  readonly #eventListeners = new Map<EventName, ((payload: never) => void)[]>();

  constructor(bridge: Pick<Bridge, "open">) {
    this.#bridge = bridge;
    this.client = Object.fromEntries(
      STUDIO_METHODS.map((name) => [name, (...call: unknown[]) => this.#call(name, call)]),
    ) as unknown as StudioClient;
  }

  onState(listener: (state: LinkState) => void): void {
    this.#stateListeners.push(listener);
  }

  onEvent<E extends EventName>(name: E, listener: (payload: StudioEvents[E]) => void): void {
    this.#eventListeners.set(name, [...(this.#eventListeners.get(name) ?? []), listener]);
  }

  /** Begins to connect, or does so now instead of after the present wait. */
  start(): void {
    clearTimeout(this.#retryTimer);
    if (this.#connection === undefined) void this.#open();
  }

  /** Leaves the present connection for a new one: whoever answers on it is not the studio that is wanted. */
  reopen(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.start();
  }

  #call(name: keyof StudioClient, call: unknown[]): Promise<unknown> {
    if (this.#connection === undefined) return Promise.reject(lostError());
    const method = this.#connection.client[name] as (...call: unknown[]) => Promise<unknown>;
    return method(...call);
  }

  async #open(): Promise<void> {
    this.#tell({ kind: "connecting" });
    try {
      const port = await this.#bridge.open();
      const connection = await greet(port);
      this.#connection = connection;
      port.onClose(() => {
        if (this.#connection === connection) this.#lose();
      });
      for (const name of STUDIO_EVENTS) connection.onEvent(name, (payload) => this.#deliver(name, payload));
      this.#attempt = 0;
      this.#tell({ kind: "ready" });
    } catch (error) {
      if (isTachieError(error, "wire.version")) this.#tell({ kind: "refused", error: toErrorData(error) });
      else this.#lose();
    }
  }

  #lose(): void {
    this.#connection = undefined;
    const waitMs = backoffMs(this.#attempt++);
    this.#retryTimer = setTimeout(() => this.start(), waitMs);
    this.#tell({ kind: "lost", retryAt: Date.now() + waitMs });
  }

  #tell(state: LinkState): void {
    for (const listener of this.#stateListeners) listener(state);
  }

  #deliver(name: EventName, payload: StudioEvents[EventName]): void {
    for (const listener of this.#eventListeners.get(name) ?? []) listener(payload as never);
  }
}

/** A server that takes the connection but never says hello is as good as none. */
async function greet(port: Port): Promise<Connection<StudioService>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(lostError()), HELLO_TIMEOUT_MS);
  try {
    return await Promise.race([connect<StudioService>(port, "studio", STUDIO_METHODS, lostError), late]);
  } catch (error) {
    port.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export function lostError(): TachieError {
  return new TachieError("studio.lost", "the connection to the studio is lost");
}
