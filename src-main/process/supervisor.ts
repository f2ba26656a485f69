/**
 * @file Keeps one child program at its owner's service: starts it when it is first needed, checks that it speaks our
 * version, watches its heartbeat, says how it ended, starts it again within a budget, and ends it without leaving an
 * orphan. What is done about a lost job is the owner's business: events tell, they never steer.
 */

import { HEARTBEAT_MS } from "../contract/engine.ts";
import { TachieError, isTachieError, toErrorData } from "../contract/errors.ts";
import type { ErrorCode } from "../contract/errors.ts";
import type { EngineState } from "../contract/studio.ts";
import type { Connection, Port, ServiceShape } from "../contract/wire.ts";
import { connect } from "../contract/wire.ts";
import { describeExit, exitReason } from "./exit-reason.ts";
import type { ExitReason } from "./exit-reason.ts";
import type { LaunchedProcess, Launcher, ProcessExit, ProgramStart } from "./launcher.ts";
import { forkLauncher } from "./launcher.ts";
import { PortListeners } from "./port-listeners.ts";
import { RESTART_LIMITS, createRestartBudget } from "./restart-budget.ts";
import type { RestartLimits } from "./restart-budget.ts";

export interface SupervisorLimits {
  /** From the start to the program's hello. */
  readonly handshakeMs: number;
  readonly heartbeatMs: number;
  /** Heartbeats missed in a row before the process counts as unresponsive. */
  readonly missesToWarn: number;
  /** Heartbeats missed in a row before it is killed. */
  readonly missesToKill: number;
  /** How long it may take to end by itself, and then again after SIGTERM. */
  readonly endMs: number;
  readonly restarts: RestartLimits;
}

export const SUPERVISOR_LIMITS: SupervisorLimits = {
  handshakeMs: 60_000,
  heartbeatMs: HEARTBEAT_MS,
  missesToWarn: 5,
  missesToKill: 30,
  endMs: 3000,
  restarts: RESTART_LIMITS,
};

export interface SupervisorOptions<S extends ServiceShape> {
  /** What the process is called in messages, such as `the inference process`. */
  readonly title: string;
  /** The service's name in the handshake; tags its log lines too. */
  readonly service: string;
  readonly methods: Parameters<typeof connect<S>>[2];
  readonly start: ProgramStart;
  readonly launcher?: Launcher;
  readonly limits?: Partial<SupervisorLimits>;
  /** Takes the program's log lines, tagged. The last ones are part of the message when the program fails. */
  readonly onLog?: (line: string) => void;
  /** The errors' codes where the program is not the engine. */
  readonly codes?: { readonly startFailed: ErrorCode; readonly lost: ErrorCode };
}

const ENGINE_CODES = { startFailed: "engine.start-failed", lost: "engine.lost" } as const;

export interface ExitEvent {
  readonly reason: ExitReason;
  readonly pid: number | undefined;
  /** A sentence for people, with the program's last words. */
  readonly message: string;
}

export interface SupervisorEvents {
  /** It runs and has said hello. */
  readonly started: { readonly pid: number | undefined };
  readonly exited: ExitEvent;
  /** No heartbeat for a while; it will be killed if that goes on. */
  readonly unresponsive: { readonly pid: number | undefined };
  readonly responsive: { readonly pid: number | undefined };
  /** All of the above in one: told whenever `Supervisor.state` has become another. */
  readonly state: EngineState;
}

export interface Supervisor<S extends ServiceShape> {
  /**
   * A connection to the running program; where none runs, it is started.
   * @throws engine.start-failed, engine.lost (failed too often), or the codes given instead; wire.version
   */
  connection(): Promise<Connection<S>>;
  /**
   * The same for a person who wants another attempt although it has failed too often: what has failed is forgiven.
   * @throws as `connection`
   */
  startAgain(): Promise<Connection<S>>;
  on<E extends keyof SupervisorEvents>(event: E, listener: (payload: SupervisorEvents[E]) => void): void;
  readonly pid: number | undefined;
  readonly state: EngineState;
  /** Ends the program: asks, waits, and then insists. It is not started again. */
  end(): Promise<void>;
}

const LAST_LINES = 40;
const LAST_LINE_LENGTH = 400;
/** A process whose channel is gone but which lives on is of no use to anyone. */
const CLOSED_CHANNEL_MS = 3000;

interface Life<S extends ServiceShape> {
  readonly launched: LaunchedProcess;
  readonly connecting: Promise<Connection<S>>;
  readonly exited: Promise<void>;
}

export function supervise<S extends ServiceShape>(options: SupervisorOptions<S>): Supervisor<S> {
  const limits = { ...SUPERVISOR_LIMITS, ...options.limits };
  const launcher = options.launcher ?? forkLauncher;
  const codes = options.codes ?? ENGINE_CODES;
  const budget = createRestartBudget(limits.restarts);
  const listeners = new Map<keyof SupervisorEvents, ((payload: never) => void)[]>();
  let life: Life<S> | undefined;
  let isEnding = false;
  let lastMessage = "";
  let state: EngineState = { kind: "off" };

  const emit = <E extends keyof SupervisorEvents>(event: E, payload: SupervisorEvents[E]): void => {
    for (const listener of listeners.get(event) ?? []) listener(payload as never);
  };
  const become = (next: EngineState): void => {
    if (next.kind === state.kind && next.kind !== "failed") return;
    state = next;
    emit("state", next);
  };

  function begin(): Life<S> {
    become({ kind: "starting" });
    const launched = launcher(options.start);
    const lines: string[] = [];
    let killedFor: "unresponsive" | "handshake" | undefined;
    launched.onLine((line) => {
      lines.push(line.length > LAST_LINE_LENGTH ? `${line.slice(0, LAST_LINE_LENGTH)}…` : line);
      if (lines.length > LAST_LINES) lines.shift();
      options.onLog?.(`[${options.service} ${launched.pid ?? "?"}] ${line}`);
    });

    // The owner learns of the end once the reason is known, and after the last message has been read.
    const ends = new PortListeners();
    const port: Port = {
      post: (message) => launched.port.post(message),
      onMessage: (listener) => launched.port.onMessage(listener),
      onClose: (listener) => ends.onClose(listener),
      close: () => launched.port.close(),
    };
    const closed = new Promise<void>((resolve) => launched.port.onClose(resolve));
    const exited = new Promise<void>((resolve) => {
      const onExit = (exit: ProcessExit): void => {
        const reason = isEnding ? "ended" : exitReason(exit, killedFor);
        lastMessage = describeExit(options.title, reason, exit, lines);
        if (reason !== "ended") budget.recordFailure();
        // One that never said hello has failed, and so has one that fails again and again; otherwise the next call starts it.
        const isFailed = reason !== "ended" && (state.kind === "starting" || budget.isSpent());
        if (life?.launched === launched) life = undefined;
        ends.closed();
        emit("exited", { reason, pid: launched.pid, message: lastMessage });
        become(isFailed ? { kind: "failed", error: toErrorData(failedError()) } : { kind: "off" });
        resolve();
      };
      launched.onExit((exit) => {
        if (exit.error !== undefined) onExit(exit);
        else void Promise.race([closed, delay(CLOSED_CHANNEL_MS)]).then(() => onExit(exit));
      });
    });
    void closed.then(async () => {
      await Promise.race([exited, delay(CLOSED_CHANNEL_MS)]);
      if (life?.launched === launched && !isEnding) launched.kill("SIGKILL");
    });

    const handshake = setTimeout(() => {
      killedFor = "handshake";
      launched.kill("SIGKILL");
    }, limits.handshakeMs);
    const connecting = connect<S>(port, options.service, options.methods, () => lostError()).then(
      (connection) => {
        clearTimeout(handshake);
        watch(launched, connection, exited, () => (killedFor = "unresponsive"));
        emit("started", { pid: launched.pid });
        become({ kind: "ready" });
        return connection;
      },
      async (error: unknown) => {
        clearTimeout(handshake);
        if (isTachieError(error, "wire.version")) launched.kill("SIGKILL");
        await exited;
        if (isTachieError(error, codes.lost)) throw new TachieError(codes.startFailed, lastMessage, { cause: error });
        throw error;
      },
    );
    return { launched, connecting, exited };
  }

  /** Counts our own ticks without a heartbeat, so that a machine that slept, or a stopped owner, accuses nobody. */
  function watch(
    launched: LaunchedProcess,
    connection: Connection<S>,
    exited: Promise<void>,
    onKill: () => void,
  ): void {
    const { pid } = launched;
    let misses = 0;
    connection.onHeartbeat(() => {
      if (misses >= limits.missesToWarn) {
        emit("responsive", { pid });
        become({ kind: "ready" });
      }
      misses = 0;
    });
    const timer = setInterval(() => {
      misses++;
      if (misses === limits.missesToWarn) {
        emit("unresponsive", { pid });
        become({ kind: "unresponsive" });
      }
      if (misses < limits.missesToKill) return;
      onKill();
      launched.kill("SIGKILL");
    }, limits.heartbeatMs);
    timer.unref();
    void exited.then(() => clearInterval(timer));
  }

  function lostError(): TachieError {
    return new TachieError(codes.lost, lastMessage || `${options.title} has ended`);
  }

  function failedError(): TachieError {
    return budget.isSpent()
      ? new TachieError(
          codes.lost,
          `${options.title} failed ${limits.restarts.failures} times in a short time and is not started again: ${lastMessage}`,
        )
      : new TachieError(codes.startFailed, lastMessage);
  }

  function connection(): Promise<Connection<S>> {
    if (isEnding) return Promise.reject(new TachieError(codes.lost, `${options.title} is being ended`));
    if (life === undefined && budget.isSpent()) return Promise.reject(failedError());
    life ??= begin();
    return life.connecting;
  }

  return {
    connection,
    startAgain() {
      budget.forgive();
      return connection();
    },
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    get pid() {
      return life?.launched.pid;
    },
    get state() {
      return state;
    },
    async end() {
      isEnding = true;
      if (life === undefined) return;
      const { launched, exited, connecting } = life;
      connecting.catch(() => undefined); // whoever asked for the connection is told; an end needs no connection
      launched.port.close();
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        if (await isDoneWithin(exited, limits.endMs)) return;
        launched.kill(signal);
      }
      await exited;
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

async function isDoneWithin(event: Promise<void>, ms: number): Promise<boolean> {
  return Promise.race([event.then(() => true), delay(ms).then(() => false)]);
}
