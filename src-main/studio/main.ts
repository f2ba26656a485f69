/** @file The program that is started as the studio process; see run-studio.ts. */

import { runStudio } from "./run-studio.ts";

await runStudio();
