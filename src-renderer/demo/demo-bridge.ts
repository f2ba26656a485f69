/** @file The way to the made-up studio. */

import type { Bridge } from "../bridge/bridge.ts";
import { browserDesktop } from "../bridge/desktop.ts";
import { serve } from "../../src-main/contract/wire.ts";
import type { StudioService } from "../../src-main/contract/studio.ts";
import { FakeStudio } from "./fake-studio.ts";
import { portPair } from "./port-pair.ts";
import type { Sheet } from "./sample-pictures.ts";

export function demoBridge(sheet: Sheet, wishes: URLSearchParams): Bridge {
  const studio = new FakeStudio(sheet, wishes);
  let opened = 0;
  return {
    open: () => {
      // The first connection works, so that there is something to lose.
      if (wishes.has("lost") && opened++ > 0) return Promise.reject(new Error("the demonstration keeps it lost"));
      const [page, other] = portPair();
      studio.attach(serve<StudioService>(other, "studio", 1, studio.handlers));
      if (wishes.has("lost")) setTimeout(() => page.close(), 600);
      return Promise.resolve(page);
    },
    desktop: browserDesktop(),
    imageAddress: (id) => sheet.address(studio.sampleOf(id)),
  };
}
