import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import boundaries from "eslint-plugin-boundaries";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { importRules } from "../../../lint/import-rules.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ["**/*.ts"], languageOptions: { parser: tseslint.parser } },
    importRules(boundaries as unknown as ESLint.Plugin),
  ],
});

async function complaints(filePath: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: path.join(root, filePath) });
  return results.flatMap((result) => result.messages.map((message) => message.ruleId ?? message.message));
}

// Targets are files that exist: what cannot be resolved is the type checker's business.
const FORBIDDEN: [string, string][] = [
  ["src-main/contract/x.ts", 'import { readPrompt } from "../prompt/read.ts";'],
  ["src-main/contract/x.ts", 'import Database from "better-sqlite3";'],
  ["src-main/prompt/x.ts", 'import { x } from "../graph/safetensors.ts";'],
  ["src-main/graph/x.ts", 'import type { x } from "../engine/noise.ts";'],
  ["models/newbie-exp0.1/x.ts", 'import * as ort from "onnxruntime-node";'],
  ["models/newbie-exp0.1/x.ts", 'import { x } from "../../src-main/engine/noise.ts";'],
  ["src-main/ort/x.ts", 'import { x } from "../cuda/driver.ts";'],
  ["src-main/graph/x.ts", 'import koffi from "koffi";'],
  ["src-main/engine/x.ts", 'import Database from "better-sqlite3";'],
  ["src-main/engine/x.ts", 'import electron from "electron";'],
  ["src-main/engine/x.ts", 'export { x } from "../studio/studio.ts";'],
  ["src-main/studio/x.ts", 'const x = await import("../engine/noise.ts"); export { x };'],
  ["src-main/studio/x.ts", 'import { x } from "../../models/model-folder.ts";'],
  ["src-main/studio/models/x.ts", 'import { x } from "../../../models/model-folder.ts";'],
  ["src-main/studio/x.ts", 'import * as ort from "onnxruntime-node";'],
  ["src-main/cli/x.ts", 'import { x } from "../engine/noise.ts";'],
  ["src-main/shell/x.ts", 'import { x } from "../studio/studio.ts";'],
  ["src-renderer/state/x.ts", 'import { x } from "../../src-main/studio/studio.ts";'],
];
for (const [file, code] of FORBIDDEN)
  test(`${file} may not: ${code}`, async () => {
    assert.deepEqual(await complaints(file, code), ["boundaries/dependencies"]);
  });

const ALLOWED: [string, string][] = [
  ["src-main/contract/x.ts", 'import { TachieError } from "./errors.ts"; export { TachieError };'],
  ["src-main/graph/x.ts", 'import { TachieError } from "../contract/errors.ts"; export { TachieError };'],
  ["src-main/studio/library/x.ts", 'import Database from "better-sqlite3"; export { Database };'],
  [
    "src-main/studio/models/x.ts",
    'import { packageRoot } from "../../process/package-root.ts"; export { packageRoot };',
  ],
  ["src-main/engine/x.ts", 'import { readFile } from "node:fs/promises"; export { readFile };'],
  ["src-main/ort/x.ts", 'import * as ort from "onnxruntime-node"; export { ort };'],
  ["src-main/cuda/x.ts", 'import type { DeviceMemory } from "../ort/device.ts"; export type { DeviceMemory };'],
];
for (const [file, code] of ALLOWED)
  test(`${file} may: ${code}`, async () => {
    assert.deepEqual(await complaints(file, code), []);
  });
