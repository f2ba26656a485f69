/** @file The page's way to the studio, whatever it runs in: a window of Electron, a browser, a demonstration. */

import type { IMAGE_ROUTES } from "../../src-main/contract/studio.ts";
import type { Port } from "../../src-main/contract/wire.ts";
import type { Desktop } from "./desktop.ts";

export type ImageForm = keyof typeof IMAGE_ROUTES;

export interface Bridge {
  /** Opens a connection. Rejects where the studio cannot be reached at the moment. */
  open(): Promise<Port>;
  /** Where a stored picture is read. */
  imageAddress(id: string, form: ImageForm): string;
  readonly desktop: Desktop;
}
