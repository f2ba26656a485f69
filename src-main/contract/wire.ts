/**
 * @file How two processes talk: messages, a handshake with a version, and calls derived from one interface a service.
 *
 * A service is written once, as an interface of plain methods (one parameter object in, one value out) with a table of
 * events. `connect` makes a client of promises from it, `serve` binds handlers to it; nobody writes a stub per method.
 * The transport is anything that carries plain data in order: a forked process, a message port, a socket.
 */

import { TachieError, fromErrorData, toErrorData } from "./errors.ts";
import type { ErrorData } from "./errors.ts";

/** Raised whenever a message or a payload changes its meaning. */
export const WIRE_VERSION = 2;

export type WireMessage =
  | { readonly kind: "hello"; readonly version: number; readonly service: string; readonly pid: number }
  | { readonly kind: "call"; readonly seq: number; readonly method: string; readonly params: unknown }
  | { readonly kind: "cancel"; readonly seq: number }
  | { readonly kind: "progress"; readonly seq: number; readonly value: unknown }
  | { readonly kind: "result"; readonly seq: number; readonly value: unknown }
  | { readonly kind: "error"; readonly seq: number; readonly error: ErrorData }
  | { readonly kind: "event"; readonly name: string; readonly payload: unknown }
  | { readonly kind: "heartbeat"; readonly at: number };

/** One end of a connection. Messages arrive in the order they were posted, each once. */
export interface Port {
  post(message: WireMessage): void;
  /** `listener` may be handed anything that the other side sent: it must validate. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the other side is gone. */
  onClose(listener: () => void): void;
  close(): void;
}

/** What a service is made of; see `EngineService` for an example. */
export interface ServiceShape {
  readonly methods: object;
  /** Progress payload by method name, for the methods that report any. */
  readonly progress: object;
  readonly events: object;
}

type Method = (params: never) => unknown;
type Names<S extends ServiceShape> = Extract<keyof S["methods"], string>;
type ParamsOf<S extends ServiceShape, M extends Names<S>> = S["methods"][M] extends (params: infer P) => unknown
  ? P
  : never;
type ValueOf<S extends ServiceShape, M extends Names<S>> = S["methods"][M] extends Method
  ? ReturnType<S["methods"][M]>
  : never;
type ProgressOf<S extends ServiceShape, M extends Names<S>> = M extends keyof S["progress"] ? S["progress"][M] : never;

export interface CallOptions<Progress> {
  /** Aborting asks the other side to cancel; the call then rejects with `job.cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface HandlerContext<Progress> {
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal;
  readonly progress: (value: Progress) => void;
}

export type Client<S extends ServiceShape> = {
  readonly [M in Names<S>]: (
    params: ParamsOf<S, M>,
    options?: CallOptions<ProgressOf<S, M>>,
  ) => Promise<Awaited<ValueOf<S, M>>>;
};

export type Handlers<S extends ServiceShape> = {
  readonly [M in Names<S>]: (
    params: ParamsOf<S, M>,
    context: HandlerContext<ProgressOf<S, M>>,
  ) => ValueOf<S, M> | Promise<Awaited<ValueOf<S, M>>>;
};

/** The client's end of a connection. */
export interface Connection<S extends ServiceShape> {
  readonly client: Client<S>;
  onEvent<E extends Extract<keyof S["events"], string>>(name: E, listener: (payload: S["events"][E]) => void): void;
  /** Called with every heartbeat of the other side. */
  onHeartbeat(listener: () => void): void;
  close(): void;
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: ((value: never) => void) | undefined;
}

/**
 * Opens the client's end: waits for the other side's hello and checks its version.
 * @param names every method of the service (a runtime list, checked against the interface by its `satisfies`)
 * @param lostError what calls reject with when the other side goes away
 * @throws wire.version when the other side speaks another version
 */
export function connect<S extends ServiceShape>(
  port: Port,
  service: string,
  names: readonly Names<S>[],
  lostError: () => TachieError,
): Promise<Connection<S>> {
  return new Promise((resolve, reject) => {
    const pending = new Map<number, PendingCall>();
    const eventListeners = new Map<string, ((payload: never) => void)[]>();
    const heartbeatListeners: (() => void)[] = [];
    let nextSeq = 1;
    let isOpen = true;
    const fail = (error: TachieError): void => {
      isOpen = false;
      for (const call of pending.values()) call.reject(error);
      pending.clear();
      reject(error);
    };

    function call(method: string, params: unknown, options: CallOptions<never> = {}): Promise<unknown> {
      if (!isOpen) return Promise.reject(lostError());
      if (options.signal?.aborted) return Promise.reject(cancelledError());
      const seq = nextSeq++;
      const onAbort = (): void => {
        if (isOpen) port.post({ kind: "cancel", seq });
      };
      options.signal?.addEventListener("abort", onAbort, { once: true });
      const settled = new Promise((settle, refuse) => {
        pending.set(seq, { resolve: settle, reject: refuse, onProgress: options.onProgress });
        port.post({ kind: "call", seq, method, params });
      });
      return settled.finally(() => options.signal?.removeEventListener("abort", onAbort));
    }

    port.onClose(() => fail(lostError()));
    port.onMessage((message) => {
      if (!isWireMessage(message)) return;
      switch (message.kind) {
        case "hello":
          if (message.version !== WIRE_VERSION || message.service !== service) {
            fail(versionError(service, message.service, message.version));
            port.close();
            return;
          }
          resolve({
            client: Object.fromEntries(
              names.map((name) => [
                name,
                (params: unknown, options?: CallOptions<never>) => call(name, params, options),
              ]),
            ) as unknown as Client<S>,
            onEvent: (name, listener) => {
              eventListeners.set(name, [...(eventListeners.get(name) ?? []), listener]);
            },
            onHeartbeat: (listener) => void heartbeatListeners.push(listener),
            close: () => {
              port.close();
              fail(lostError());
            },
          });
          return;
        case "progress":
          pending.get(message.seq)?.onProgress?.(message.value as never);
          return;
        case "result":
          pending.get(message.seq)?.resolve(message.value);
          pending.delete(message.seq);
          return;
        case "error":
          pending.get(message.seq)?.reject(fromErrorData(message.error));
          pending.delete(message.seq);
          return;
        case "event":
          for (const listener of eventListeners.get(message.name) ?? []) listener(message.payload as never);
          return;
        case "heartbeat":
          for (const listener of heartbeatListeners) listener();
          return;
        default:
          return;
      }
    });
  });
}

/** The serving end of a connection. */
export interface Served<S extends ServiceShape> {
  emit<E extends Extract<keyof S["events"], string>>(name: E, payload: S["events"][E]): void;
  heartbeat(): void;
  /** Calls being answered now. */
  readonly activeCalls: number;
}

/**
 * Says hello on `port` and answers calls with `handlers`. A call of an unknown method or of the wrong form is refused
 * with `wire.invalid`; whatever a handler throws goes back as an error. When the other side goes away every running
 * call's signal is aborted.
 */
export function serve<S extends ServiceShape>(
  port: Port,
  service: string,
  pid: number,
  handlers: Handlers<S>,
): Served<S> {
  const running = new Map<number, AbortController>();
  let isOpen = true;
  const post = (message: WireMessage): void => {
    if (isOpen) port.post(message);
  };

  async function answer(seq: number, method: string, params: unknown): Promise<void> {
    const abort = new AbortController();
    running.set(seq, abort);
    try {
      if (!Object.hasOwn(handlers, method))
        throw new TachieError("wire.invalid", `the ${service} has no method ${method}`, { where: method });
      const handler = handlers[method as Names<S>] as unknown as (
        params: unknown,
        context: HandlerContext<unknown>,
      ) => unknown;
      const progress = (value: unknown): void => post({ kind: "progress", seq, value });
      const value = await handler(params, { signal: abort.signal, progress });
      post({ kind: "result", seq, value });
    } catch (error) {
      post({ kind: "error", seq, error: toErrorData(error) });
    } finally {
      running.delete(seq);
    }
  }

  port.onClose(() => {
    isOpen = false;
    for (const abort of running.values()) abort.abort(cancelledError());
  });
  port.onMessage((message) => {
    if (!isWireMessage(message)) return;
    if (message.kind === "call") void answer(message.seq, message.method, message.params);
    else if (message.kind === "cancel") running.get(message.seq)?.abort(cancelledError());
  });
  post({ kind: "hello", version: WIRE_VERSION, service, pid });
  return {
    emit: (name, payload) => post({ kind: "event", name, payload }),
    heartbeat: () => post({ kind: "heartbeat", at: Date.now() }),
    get activeCalls() {
      return running.size;
    },
  };
}

export function cancelledError(): TachieError {
  return new TachieError("job.cancelled", "cancelled");
}

function versionError(expected: string, service: string, version: number): TachieError {
  return new TachieError(
    "wire.version",
    `expected ${expected} speaking version ${WIRE_VERSION}, but met ${service} speaking version ${version}`,
  );
}

/** Whether something received has the form of a message. Payloads are validated by whoever uses them. */
export function isWireMessage(message: unknown): message is WireMessage {
  if (typeof message !== "object" || message === null) return false;
  const m = message as Record<string, unknown>;
  const hasSeq = Number.isSafeInteger(m["seq"]);
  switch (m["kind"]) {
    case "hello":
      return typeof m["version"] === "number" && typeof m["service"] === "string" && typeof m["pid"] === "number";
    case "call":
      return hasSeq && typeof m["method"] === "string";
    case "cancel":
    case "progress":
    case "result":
      return hasSeq;
    case "error":
      return hasSeq && typeof m["error"] === "object";
    case "event":
      return typeof m["name"] === "string";
    case "heartbeat":
      return typeof m["at"] === "number";
    default:
      return false;
  }
}
