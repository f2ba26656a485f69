import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { foreignMemoryRules } from "../../../lint/foreign-memory.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parser: tseslint.parser }, rules: foreignMemoryRules }],
});
const file = path.join(root, "src-main/ort/native-memory.ts");

for (const [code, rule] of [
  ['import koffi from "koffi"; export const a = koffi.view(1n, 8);', "no-restricted-properties"],
  ['import koffi from "koffi"; export const { view } = koffi;', "no-restricted-properties"],
  ['import { view } from "koffi"; export { view };', "no-restricted-imports"],
] as const)
  test(`refused: ${code}`, async () => {
    const [result] = await eslint.lintText(code, { filePath: file });
    assert.ok(result?.messages.some(({ ruleId }) => ruleId === rule));
  });

test("other functions of koffi are not", async () => {
  const code = 'import koffi from "koffi";\nexport const size = koffi.sizeof("int");\n';
  const [result] = await eslint.lintText(code, { filePath: file });
  assert.deepEqual(result?.messages, []);
});
