/**
 * @file Prompts by the hundred thousand: what the tests check on some thousands is checked here on many more, and timed.
 *
 * node test/bench/prompt.bench.ts [TREES=100000] [TEXTS=500000]
 *
 * TREES random trees a dialect are written and read, and the result compared; a twelfth of them also goes through every
 * other dialect and back. TEXTS broken texts are read. First the largest texts allowed, made to be slow, are timed: cold
 * (the first time in this process) and as the median of nine. Ends with exit code 1 if something was wrong or too slow.
 */

import { DIALECTS } from "../../src-main/contract/prompt.ts";
import type { Dialect } from "../../src-main/contract/prompt.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { convertPrompt, lintPrompt, readPrompt, writePrompt } from "../../src-main/prompt/index.ts";
import { checkAnyText, checkConversion, checkRoundTrip, checkWellFormed } from "../unit/prompt/properties.ts";
import { mutated, pick, randomText, randomTree, seededRandom } from "../unit/prompt/random-prompts.ts";
import { WORST_CASES } from "../unit/prompt/worst-cases.ts";

/** A prompt of the largest size is read in less. */
const LIMIT_MS = 50;
/** So many trees are made, then timed together: making them takes as long as reading them. */
const BATCH = 200;

function benchTrees(dialect: Dialect, count: number): void {
  let writeMs = 0;
  let readMs = 0;
  let bytes = 0;
  for (let first = 0; first < count; first += BATCH) {
    const trees = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) =>
      randomTree(seededRandom((first + index) * 7 + 1), dialect),
    );
    let texts: readonly string[] = [];
    writeMs += timed(() => (texts = trees.map((tree) => writePrompt(tree))));
    readMs += timed(() => texts.forEach((text) => readPrompt(text)));
    for (const text of texts) bytes += Buffer.byteLength(text);
    for (const [index, tree] of trees.entries()) {
      checkRoundTrip(tree);
      checkWellFormed(tree);
      if ((first + index) % 12 === 0) for (const other of DIALECTS) checkConversion(tree, other);
    }
  }
  const both = (count / (writeMs + readMs)) * 1000;
  const rate = (bytes / 1e6 / readMs) * 1000;
  console.log(
    `${dialect.padEnd(10)} ${count} trees, mean ${Math.round(bytes / count)} bytes: written and read ${Math.round(both)} a second ` +
      `(written ${Math.round((count / writeMs) * 1000)}, read ${Math.round((count / readMs) * 1000)}; ${rate.toFixed(1)} MB/s read); all equal`,
  );
}

function benchConversions(): void {
  const trees = Array.from({ length: 600 }, (_, seed) =>
    randomTree(seededRandom(seed), pick(seededRandom(seed), DIALECTS)),
  );
  for (const dialect of DIALECTS) {
    const tookMs = timed(() => trees.forEach((tree) => writePrompt(convertPrompt(tree, dialect).tree)));
    const rate = (trees.length / tookMs) * 1000;
    console.log(`to ${dialect.padEnd(10)} ${Math.round(rate)} conversions a second`);
  }
}

function benchTexts(count: number): void {
  const startedAt = performance.now();
  let refused = 0;
  for (let seed = 0; seed < count; seed++) {
    const random = seededRandom(seed * 31 + 5);
    const isHeap = seed % 3 === 0;
    const text = isHeap ? randomText(random, 25) : writePrompt(randomTree(random, pick(random, DIALECTS)));
    if (checkAnyText(mutated(random, text)) === "refused") refused++;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${count} broken texts in ${seconds.toFixed(0)} s: ${count - refused} read, ${refused} refused, 0 thrown at`,
  );
}

/** Milliseconds of processor time: other programs on the machine do not count. */
function timed(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Returns whether every case stayed within the limit. */
function benchWorstCases(): boolean {
  let isQuick = true;
  for (const [name, text] of WORST_CASES) {
    let outcome = "read";
    const read = (): void => {
      try {
        readPrompt(text);
      } catch (error) {
        if (!isTachieError(error)) throw error;
        outcome = error.code;
      }
    };
    const coldMs = timed(read);
    const times = Array.from({ length: 9 }, () => timed(read)).sort((left, right) => left - right);
    const medianMs = times[4] ?? 0;
    const lintMs = outcome === "read" ? timed(() => lintPrompt(text)) : 0;
    if (medianMs > LIMIT_MS) isQuick = false;
    const mark = medianMs > LIMIT_MS ? "  TOO SLOW" : "";
    const figures = [coldMs, medianMs, lintMs].map((ms) => ms.toFixed(1).padStart(7)).join(" ");
    console.log(
      `${name.padEnd(34)} ${String(Buffer.byteLength(text)).padStart(7)} bytes ${figures} ms  ${outcome}${mark}`,
    );
  }
  return isQuick;
}

const [trees = "100000", texts = "500000"] = process.argv.slice(2);
console.log("largest texts: cold, median of nine, checked (milliseconds of processor time)");
const isQuick = benchWorstCases();
for (const dialect of DIALECTS) benchTrees(dialect, Number(trees));
benchConversions();
benchTexts(Number(texts));
if (!isQuick) process.exitCode = 1;
