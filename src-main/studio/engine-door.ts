/**
 * @file What the studio needs of the engine: a client, and how the engine is. A supervisor in the same process is such a
 * door; where another process owns the engine, the door leads through a channel to it.
 */

import type { EngineService, RelayedEngineService } from "../contract/engine.ts";
import { RELAYED_ENGINE_METHODS } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import type { EngineState } from "../contract/studio.ts";
import type { Client, Connection, Port } from "../contract/wire.ts";
import { connect, isWireMessage } from "../contract/wire.ts";

export interface EngineDoor {
  /** @throws engine.start-failed, engine.lost, wire.version */
  connection(): Promise<{ readonly client: Client<EngineService> }>;
  /** Starts it where it does not run, however often it has failed. @throws as `connection` */
  startAgain(): Promise<unknown>;
  readonly state: EngineState;
  on(event: "state", listener: (state: EngineState) => void): void;
}

/** The engine at the other end of a channel that its owner opens, now or later. */
export interface EngineChannel extends EngineDoor {
  /** Takes the channel; a new one takes the place of the one before. */
  attach(port: Port): void;
}

export function createEngineChannel(): EngineChannel {
  const listeners: ((state: EngineState) => void)[] = [];
  let state: EngineState = { kind: "off" };
  let open: (connection: Promise<Connection<RelayedEngineService>>) => void;
  let connecting = new Promise<Connection<RelayedEngineService>>((resolve) => (open = resolve));
  let isAttached = false;
  const become = (next: EngineState): void => {
    state = next;
    for (const listener of listeners) listener(next);
  };
  const lost = (): TachieError => new TachieError("engine.lost", "the owner of the inference process has gone");
  return {
    attach(port) {
      let isTold = false;
      const connection = connect<RelayedEngineService>(port, "engine", RELAYED_ENGINE_METHODS, lost);
      // At the port itself, since the first state can come in one go with the hello.
      port.onMessage((message) => {
        if (!isWireMessage(message) || message.kind !== "event" || message.name !== "state") return;
        isTold = true;
        become(message.payload as EngineState);
      });
      connection.then(
        () => {
          if (!isTold) become({ kind: "ready" }); // an owner who says nothing starts the engine when it is needed
        },
        () => undefined, // whoever asks for the connection is told
      );
      port.onClose(() => become({ kind: "off" }));
      if (isAttached) connecting = connection;
      else open(connection);
      isAttached = true;
    },
    connection: () => connecting,
    async startAgain() {
      const { client } = await connecting;
      await client.startAgain({});
    },
    get state() {
      return state;
    },
    on: (_event, listener) => void listeners.push(listener),
  };
}
