/** @file What happens in the studio, told to everyone who wants to know. */

import type { StudioEvents } from "../contract/studio.ts";

export type StudioEventListener = <E extends keyof StudioEvents>(name: E, payload: StudioEvents[E]) => void;

export interface StudioEmitter {
  emit: StudioEventListener;
  /** Whether anybody listens. */
  readonly isHeard: boolean;
  /** @returns ends the listening */
  onEvent: (listener: StudioEventListener) => () => void;
}

export function createEmitter(): StudioEmitter {
  const listeners = new Set<StudioEventListener>();
  return {
    emit(name, payload) {
      for (const listener of [...listeners]) listener(name, payload);
    },
    get isHeard() {
      return listeners.size > 0;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
