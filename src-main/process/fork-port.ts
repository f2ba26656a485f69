/**
 * @file The wire over the channel of a forked process, both ends. The owner must fork with `serialization: "advanced"`,
 * so that typed arrays arrive as typed arrays.
 *
 * A child lives for its owner only: `endWithOwner` ends it when the owner is gone, however that ended.
 */

import type { ChildProcess } from "node:child_process";
import { TachieError } from "../contract/errors.ts";
import type { Port } from "../contract/wire.ts";
import { PortListeners } from "./port-listeners.ts";
import { utilityParentPort } from "./utility-port.ts";

/** The owner's end. */
export function forkPort(child: ChildProcess): Port {
  return channelPort(child);
}

/**
 * The child's end, also in a utility process of Electron.
 * @throws engine.start-failed in a program that nobody forked
 */
export function parentPort(): Port {
  const utility = utilityParentPort();
  if (utility !== undefined) return utility;
  if (process.send === undefined)
    throw new TachieError("engine.start-failed", "this program is a part of Tachie and cannot be started by hand", {
      remedy: "Start Tachie with `tachie` or `npm start`.",
    });
  return channelPort(process);
}

type Channel = Pick<ChildProcess, "connected" | "on" | "disconnect"> & {
  send?: ChildProcess["send"] | undefined;
};

function channelPort(channel: Channel | NodeJS.Process): Port {
  const end = channel as Channel;
  const listeners = new PortListeners();
  end.on("message", (message) => listeners.deliver(message));
  end.on("disconnect", () => listeners.closed());
  if (!end.connected) queueMicrotask(() => listeners.closed());
  return {
    post(message) {
      // The callback takes the error of a channel that broke meanwhile; `disconnect` tells of that.
      if (end.connected) end.send?.(message, () => undefined);
    },
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close() {
      if (end.connected) end.disconnect();
    },
  };
}

/** How long a child may take to put its things in order after its owner has gone. */
const ORDERLY_END_MS = 2000;

/**
 * Ends this process when `port` closes: `cleanUp` gets a moment, then the process ends, by force where native code keeps
 * a thread busy. Interrupts from the terminal reach every process of the group, so they are left to the owner.
 */
export function endWithOwner(port: Port, cleanUp: () => void | Promise<void> = () => undefined): void {
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  port.onClose(() => {
    // process.exit waits for worker threads, which a long native call can hold up: hence by force.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ORDERLY_END_MS);
    void Promise.resolve()
      .then(cleanUp)
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  });
}
