/** @file Which way to the studio this page has. */

import type { Bridge } from "./bridge.ts";
import { browserBridge } from "./browser-bridge.ts";
import { windowBridge } from "./window-bridge.ts";

export function findBridge(): Bridge {
  return window.tachie === undefined ? browserBridge() : windowBridge(window.tachie);
}
