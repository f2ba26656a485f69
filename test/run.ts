/**
 * @file Runs the test files and ends with one plain line: `N passed, N failed, N skipped`.
 *
 * node test/run.ts [WORD…]   only files whose path contains one of the words
 *
 * Tests marked as needing a GPU are skipped, visibly, where there is none.
 */

import { globSync } from "node:fs";
import path from "node:path";
import { run } from "node:test";
import type { TestEvent } from "node:test/reporters";

const root = path.resolve(import.meta.dirname, "..");
const words = process.argv.slice(2);
const files = globSync("test/**/*.test.ts", { cwd: root })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) throw new Error(`no test file matches ${words.join(" ")}`);

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const startedAt = performance.now();
const stream = run({ files: files.map((file) => path.join(root, file)), cwd: root, concurrency: 2 });
for await (const event of stream as AsyncIterable<TestEvent>) {
  if (event.type === "test:stderr" || event.type === "test:stdout") process.stderr.write(event.data.message);
  if (event.type === "test:diagnostic" && event.data.level === "error") console.error(event.data.message);
  if (event.type !== "test:pass" && event.type !== "test:fail") continue;
  const { name, file, skip, details } = event.data;
  const isContainer = details.type === "suite" || (event.data.nesting === 0 && name === file);
  const where = `${path.relative(root, file ?? "")} > ${name}`;
  if (event.type === "test:fail") {
    const { error } = event.data.details;
    if (isContainer && !isOwnFailure(error)) continue;
    counts.failed++;
    failures.push(where);
    console.error(`FAIL ${where}\n${indent(describe(error))}`);
  } else if (skip !== undefined && skip !== false) {
    // A skipped suite counts as one: its tests are not even known.
    counts.skipped++;
    console.log(`skip ${where}${typeof skip === "string" ? ` (${skip})` : ""}`);
  } else if (!isContainer) {
    counts.passed++;
    console.log(`ok   ${where} (${Math.round(details.duration_ms)} ms)`);
  }
}
for (const failure of failures) console.error(`FAILED: ${failure}`);
console.log(`${files.length} files in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** A suite that failed only because tests in it failed is not counted again. */
function isOwnFailure(error: unknown): boolean {
  return (error as { failureType?: string }).failureType !== "subtestsFailed";
}

function describe(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
