/**
 * @file Which folder may import which, and which packages: the architecture as a table that lint enforces.
 * CONTRIBUTING.md shows the same table with the reasons; test/unit/lint/import-rules.test.ts proves that it bites.
 */

import type { ESLint, Linter } from "eslint";

interface Folder {
  readonly path: string;
  /** Other folders that it may import. */
  readonly folders: readonly string[];
  readonly packages: readonly string[];
}

/** By type of folder. Node's own modules are a matter of each runtime's tsconfig. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  contract: { path: "src-main/contract", folders: [], packages: [] },
  prompt: { path: "src-main/prompt", folders: ["contract"], packages: [] },
  graph: { path: "src-main/graph", folders: ["contract"], packages: [] },
  models: { path: "models", folders: ["graph", "contract"], packages: [] },
  process: { path: "src-main/process", folders: ["contract"], packages: [] },
  ort: { path: "src-main/ort", folders: ["graph", "contract"], packages: ["onnxruntime-node", "koffi"] },
  cuda: { path: "src-main/cuda", folders: ["ort", "graph", "process", "contract"], packages: ["koffi"] },
  engine: {
    path: "src-main/engine",
    folders: ["ort", "cuda", "graph", "models", "process", "prompt", "contract"],
    packages: ["@huggingface/tokenizers"],
  },
  studio: {
    path: "src-main/studio",
    folders: ["graph", "process", "prompt", "contract"],
    packages: ["better-sqlite3", "sharp", "npm-registry-fetch", "tar", "yazl"],
  },
  server: { path: "src-main/server", folders: ["studio", "graph", "process", "prompt", "contract"], packages: ["ws"] },
  cli: {
    path: "src-main/cli",
    folders: ["server", "studio", "graph", "process", "prompt", "contract"],
    packages: ["commander"],
  },
  shell: { path: "src-main/shell", folders: ["process", "contract"], packages: ["electron"] },
  renderer: { path: "src-renderer", folders: ["prompt", "contract"], packages: ["svelte", "@codemirror/*"] },
};

/** The ESLint configuration object that enforces `FOLDERS` with eslint-plugin-boundaries. */
export function importRules(boundaries: ESLint.Plugin): Linter.Config {
  return {
    files: ["src-main/**", "src-renderer/**", "models/**"],
    // How the starter model is drawn, trained and measured: programs for its makers, not a part of the product.
    ignores: ["models/starter/**"],
    plugins: { boundaries },
    settings: {
      // Full paths: a folder of the same name elsewhere (src-main/studio/models) is another thing.
      "boundaries/elements": Object.entries(FOLDERS).map(([type, { path }]) => ({
        type,
        partialMatch: false,
        pattern: path,
      })),
    },
    rules: {
      "boundaries/no-unknown-files": "error",
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          checkAllOrigins: true,
          policies: [
            { from: { element: { type: "*" } }, allow: { to: { module: { origin: "core" } } } },
            ...Object.entries(FOLDERS).flatMap(([type, { folders, packages }]) => [
              {
                from: { element: { type } },
                allow: { to: { element: { types: { anyOf: [type, ...folders] } } } },
              },
              ...packages.map((source) => ({
                from: { element: { type } },
                allow: { to: { module: { origin: "external", source } } },
              })),
            ]),
          ],
        },
      ],
    },
  };
}
