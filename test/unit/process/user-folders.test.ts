/** @file Each of the user's folders follows its variable, and without one the system's custom. */

import assert from "node:assert/strict";
import path from "node:path";
import { afterEach, test } from "node:test";
import { dataFolder, defaultLibraryFolder, gpuFolders } from "../../../src-main/process/user-folders.ts";

const VARIABLES = ["TACHIE_DATA", "TACHIE_LIBRARY", "TACHIE_CUDA", "XDG_DATA_HOME", "XDG_CACHE_HOME"] as const;
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
const isLinux = process.platform === "linux";

/** An empty variable counts as none. */
function set(variables: Partial<Record<(typeof VARIABLES)[number], string | undefined>>): void {
  for (const name of VARIABLES) process.env[name] = variables[name] ?? "";
}

afterEach(() => set(Object.fromEntries(before)));

test("the data folder takes everything along that has no place of its own", () => {
  set({ TACHIE_DATA: "/somewhere" });
  assert.equal(defaultLibraryFolder(), path.resolve("/somewhere/library"));
  assert.deepEqual(gpuFolders(), {
    component: path.resolve("/somewhere/cuda"),
    cache: path.resolve("/somewhere/cache/kernels"),
  });
});

test("the provider's folder can lie elsewhere, and an empty variable counts as none", () => {
  set({ TACHIE_DATA: "/somewhere", TACHIE_CUDA: "elsewhere" });
  assert.equal(gpuFolders().component, path.resolve("elsewhere"));
  assert.equal(gpuFolders().cache, path.resolve("/somewhere/cache/kernels"));
  set({ TACHIE_DATA: "/somewhere", TACHIE_CUDA: "" });
  assert.equal(gpuFolders().component, path.resolve("/somewhere/cuda"));
});

test("data and cache lie where the system's custom has them", { skip: !isLinux }, () => {
  set({ XDG_DATA_HOME: "/data", XDG_CACHE_HOME: "/caches" });
  assert.equal(dataFolder(), "/data/tachie");
  assert.deepEqual(gpuFolders(), { component: "/data/tachie/cuda", cache: "/caches/tachie/kernels" });
});

test("a relative folder of the XDG variables is ignored, as their specification wants", { skip: !isLinux }, () => {
  set({ XDG_DATA_HOME: "data", XDG_CACHE_HOME: "caches" });
  assert.ok(path.isAbsolute(dataFolder()) && dataFolder().endsWith("/.local/share/tachie"));
  assert.ok(gpuFolders().cache.endsWith("/.cache/tachie/kernels"));
});
