/**
 * @file Time and memory to make the graphs of a full-size Next-DiT from its checkpoint, ready to hand to a session.
 *
 * node test/bench/full-graph.bench.ts DIR   DIR as `npm run make:checkpoint -- --scale full --out DIR` writes it
 */

import { openCheckpoint } from "../../src-main/graph/checkpoint.ts";
import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../models/newbie-exp0.1/next-dit.ts";
import { SYNTHETIC_FILES } from "../../models/synthetic.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("name the folder of a full-size checkpoint");
const idleBytes = process.memoryUsage.rss();
const startedAt = performance.now();
const checkpoint = openCheckpoint(`${folder}/${SYNTHETIC_FILES.transformer}`);
const config = inferNextDitConfig(checkpoint);
const prompt = buildNextDitPromptGraph(config, checkpoint);
const step = buildNextDitStepGraph(config, checkpoint);
const durationMs = performance.now() - startedAt;
const peakBytes = process.resourceUsage().maxRSS * 1024;
const tensors = [...checkpoint.names()].length;
console.log(`${tensors} tensors, prompt graph ${prompt.bytes.length} bytes, step graph ${step.bytes.length} bytes`);
console.log(
  `${durationMs.toFixed(0)} ms, peak memory ${mib(peakBytes)} MiB, ${mib(peakBytes - idleBytes)} MiB beyond idle`,
);

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
