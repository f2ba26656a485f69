/** @file Fetches one file and tells its parent how far it is, to be killed at it. */

import { fetchFile } from "../../src-main/studio/models/fetch-file.ts";
import type { FetchRequest } from "../../src-main/studio/models/fetch-file.ts";

const job = JSON.parse(process.argv[2] ?? "") as Omit<FetchRequest, "signal">;
await fetchFile({
  ...job,
  signal: new AbortController().signal,
  onPosition: (bytes) => void process.send?.(bytes),
});
process.disconnect();
