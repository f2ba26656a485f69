import assert from "node:assert/strict";
import { copyFileSync, globSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import { createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { cudaSearchPlaces, openCudaLibraries } from "../../../../src-main/ort/libraries/open-cuda.ts";
import { shippedOrtFolder } from "../../../../src-main/ort/libraries/provider-folder.ts";
import { PROVIDER_FILES, wantedLibraries } from "../../../../src-main/ort/libraries/wanted.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

const skip = process.platform !== "linux";
const root = path.resolve(import.meta.dirname, "../../../..");
/** Any library that loads stands for CUDA's. */
const [someLibrary] = globSync("node_modules/@koromix/koffi-linux-*/linux_*/koffi.node", { cwd: root });

test("the fetched component comes before what is shipped", { skip }, () => {
  assert.deepEqual(cudaSearchPlaces(["/fetched"]).ownFolders, ["/fetched", shippedOrtFolder()]);
});

test("with everything there, the library lies beside the provider and computes", { skip }, (context) => {
  assert.ok(someLibrary);
  const [component, cuda] = [temporaryFolder(context), temporaryFolder(context)];
  for (const { file, source } of wantedLibraries("linux"))
    copyFileSync(path.join(root, someLibrary), path.join(source === "provider" ? component : cuda, file));
  const places = { ...cudaSearchPlaces(["/nowhere", component]), environment: { LD_LIBRARY_PATH: cuda } };
  const libraryPath = openCudaLibraries(places);
  assert.equal(libraryPath, path.join(component, "libonnxruntime.so.1"));
  const runtime = createCApiRuntime({ libraryPath, memory: hostMemory() });
  assert.equal(runtime.version, "onnxruntime 1.29.0");
  runtime.release();
});

test("a provider of which one file lies elsewhere is refused", { skip }, (context) => {
  assert.ok(someLibrary);
  const folders = [temporaryFolder(context), temporaryFolder(context)] as const;
  const [shared] = PROVIDER_FILES.linux;
  for (const { file } of wantedLibraries("linux"))
    copyFileSync(path.join(root, someLibrary), path.join(folders[file === shared ? 0 : 1], file));
  assert.throws(
    () => openCudaLibraries(cudaSearchPlaces(folders)),
    (error) => isTachieError(error, "engine.unsupported") && /do not lie in one folder/.test(error.message),
  );
  assert.deepEqual(readdirSync(folders[0]), [shared]);
});
