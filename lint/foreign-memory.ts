/**
 * @file No arrays over memory that is not JavaScript's: Electron forbids them, and `koffi.view` ends its process. What lies
 * there is copied (`src-main/ort/native-memory.ts`).
 */

import type { Linter } from "eslint";

const message = "Electron forbids arrays over foreign memory: copy with readMemory and writeMemory.";

export const foreignMemoryRules: Linter.RulesRecord = {
  "no-restricted-properties": ["error", { object: "koffi", property: "view", message }],
  "no-restricted-imports": ["error", { paths: [{ name: "koffi", importNames: ["view"], message }] }],
};
