import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import {
  hasCudaProvider,
  joinProvider,
  ortLibraryName,
  shippedOrtFolder,
} from "../../../../src-main/ort/libraries/provider-folder.ts";
import { PROVIDER_FILES } from "../../../../src-main/ort/libraries/wanted.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

// There is no CUDA on other systems.
const skip = process.platform !== "linux" && process.platform !== "win32";

/** A component with the provider in it, and the library of an application. */
function places(context: TestContext): { component: string; library: string } {
  const component = temporaryFolder(context);
  if (process.platform === "linux" || process.platform === "win32")
    for (const file of PROVIDER_FILES[process.platform]) writeFileSync(path.join(component, file), "provider");
  const library = path.join(temporaryFolder(context), ortLibraryName(process.platform));
  writeFileSync(library, "library 1");
  utimesSync(library, 1000, 1000);
  return { component, library };
}

test("the library that is shipped is where it is said to be", () => {
  assert.ok(existsSync(path.join(shippedOrtFolder() ?? "", ortLibraryName(process.platform))));
});

test("the library comes beside its provider, once, and again when it changes", { skip }, (context) => {
  const { component, library } = places(context);
  assert.ok(hasCudaProvider(component));
  const joined = joinProvider(component, library);
  assert.equal(joined, path.join(component, path.basename(library)));
  assert.equal(readFileSync(joined, "utf8"), "library 1");
  const first = statSync(joined).ino;
  assert.notEqual(first, statSync(library).ino, "the loader must not take it for the other");

  joinProvider(component, library);
  assert.equal(statSync(joined).ino, first);

  writeFileSync(library, "library 2");
  joinProvider(component, library);
  assert.equal(readFileSync(joined, "utf8"), "library 2");
  assert.equal(readdirSync(component).length, 3);
});

test("a folder that brings its own library does without ours", { skip }, (context) => {
  const { component, library } = places(context);
  assert.throws(
    () => joinProvider(component, undefined),
    (error) => isTachieError(error, "engine.unsupported") && error.message.includes("no ONNX Runtime in"),
  );
  const joined = joinProvider(component, library);
  assert.equal(joinProvider(component, undefined), joined);
  const { ino } = statSync(joined);
  assert.equal(joinProvider(component, joined), joined);
  assert.equal(statSync(joined).ino, ino);
});

test("without the provider nothing is put anywhere", { skip }, (context) => {
  const { library } = places(context);
  const empty = temporaryFolder(context);
  assert.equal(hasCudaProvider(empty), false);
  assert.throws(
    () => joinProvider(empty, library),
    (error) => isTachieError(error, "engine.unsupported") && error.where === empty && /--fix/.test(error.remedy),
  );
  assert.deepEqual(readdirSync(empty), []);
});

test("a library that cannot be put there leaves nothing half done", { skip }, (context) => {
  const { component, library } = places(context);
  const gone = path.join(path.dirname(library), "gone", path.basename(library));
  assert.throws(
    () => joinProvider(component, gone),
    (error) => isTachieError(error, "file.unwritable") && error.message.includes("gone"),
  );
  assert.equal(readdirSync(component).length, 2);
});
