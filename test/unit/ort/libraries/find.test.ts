import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import { findCudaLibraries, missingLibraries } from "../../../../src-main/ort/libraries/find.ts";
import type { LibraryReport } from "../../../../src-main/ort/libraries/find.ts";
import { preloadCudaLibraries } from "../../../../src-main/ort/libraries/preload.ts";
import { searchFolders } from "../../../../src-main/ort/libraries/search-folders.ts";
import { wantedLibraries } from "../../../../src-main/ort/libraries/wanted.ts";
import { temporaryFolder } from "../../graph/temporary-folder.ts";

function put(root: string, ...files: string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), "");
  }
}

function report(reports: readonly LibraryReport[], file: string): LibraryReport {
  const found = reports.find(({ wanted }) => wanted === file);
  assert.ok(found);
  return found;
}

test("our own folders count before the user's path, the toolkits and the system", (context) => {
  const root = temporaryFolder(context);
  put(root, "usr/local/cuda-12.9/x", "usr/local/cuda-13.0/x", "usr/local/cuda-13.10/x", "usr/local/cuda/x");
  put(root, "usr/local/cudalike/x", "etc/ld.so.conf.d/b.conf", "etc/ld.so.conf.d/a.conf");
  writeFileSync(path.join(root, "etc/ld.so.conf"), "# first\ninclude /etc/ld.so.conf.d/*.conf\n/opt/last # why\n");
  writeFileSync(path.join(root, "etc/ld.so.conf.d/a.conf"), "/opt/a\n");
  writeFileSync(path.join(root, "etc/ld.so.conf.d/b.conf"), "/opt/b\n");
  const folders = searchFolders({
    platform: "linux",
    environment: { LD_LIBRARY_PATH: "/mine::/also/mine", CUDA_HOME: "/my/cuda" },
    ownFolders: ["/component", "/app", "/component"],
    root,
  });
  const inRoot = (name: string) => path.join(root, name);
  const toolkits = ["cuda", "cuda-13.10", "cuda-13.0", "cuda-12.9"].flatMap((name) => [
    inRoot(`usr/local/${name}/lib64`),
    inRoot(`usr/local/${name}/targets/x86_64-linux/lib`),
  ]);
  assert.deepEqual(folders, [
    "/component",
    "/app",
    "/mine",
    "/also/mine",
    "/my/cuda/lib64",
    "/my/cuda/targets/x86_64-linux/lib",
    ...toolkits,
    ...["opt/a", "opt/b", "opt/last"].map(inRoot),
    ...["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib"].map(inRoot),
    inRoot("usr/lib/wsl/lib"),
  ]);
});

test("configuration files that include each other come to an end", (context) => {
  const root = temporaryFolder(context);
  put(root, "etc/ld.so.conf");
  writeFileSync(path.join(root, "etc/ld.so.conf"), "/opt/a\ninclude /etc/ld.so.conf\n");
  const folders = searchFolders({ platform: "linux", environment: {}, ownFolders: [], root });
  assert.equal(folders.filter((folder) => folder.endsWith("opt/a")).length, 1);
});

test("on Windows: the toolkits of version 13, the path, the system", () => {
  const environment = { CUDA_PATH: "/c/v13.1", CUDA_PATH_V13_0: "/c/v13.0", CUDA_PATH_V12_9: "/c/v12.9", Path: "/c/p" };
  const folders = searchFolders({ platform: "win32", environment, ownFolders: ["/app"] });
  assert.deepEqual(folders, ["/app", "/c/v13.1/bin/x64", "/c/v13.1/bin", "/c/v13.0/bin/x64", "/c/v13.0/bin", "/c/p"]);
});

test("a library is found in the first folder that has it, and the folders until there are told", (context) => {
  const root = temporaryFolder(context);
  const [own, mine] = [path.join(root, "own"), path.join(root, "mine")];
  put(root, "own/libonnxruntime_providers_cuda.so", "mine/libcudnn.so.9", "mine/libcublas.so.12");
  put(root, "usr/lib64/libcudnn.so.9");
  symlinkSync("nowhere", path.join(mine, "libcurand.so.10"));
  const reports = findCudaLibraries({
    platform: "linux",
    environment: { LD_LIBRARY_PATH: mine },
    ownFolders: [own],
    root,
  });
  const cudnn = report(reports, "libcudnn.so.9");
  assert.deepEqual(
    [cudnn.name, cudnn.foundAt, cudnn.searched],
    ["cuDNN 9", path.join(mine, "libcudnn.so.9"), [own, mine]],
  );
  assert.equal(
    report(reports, "libonnxruntime_providers_cuda.so").foundAt,
    path.join(own, "libonnxruntime_providers_cuda.so"),
  );
  // Another version, and a link that leads nowhere, do not serve.
  for (const file of ["libcublas.so.13", "libcurand.so.10"]) {
    assert.equal(report(reports, file).foundAt, undefined);
    assert.ok(report(reports, file).searched.includes(path.join(root, "usr/lib64")));
  }
  const missing = missingLibraries(reports).map(({ wanted }) => wanted);
  assert.ok(missing.includes("libcuda.so.1") && !missing.includes("libcudnn.so.9"));
  assert.ok(!missing.includes("libcufft.so.12"), "what nothing needs is not missing");
});

test("everything that is missing is named at once, with what to do", (context) => {
  const reports = findCudaLibraries({
    platform: "linux",
    environment: {},
    ownFolders: [],
    root: temporaryFolder(context),
  });
  assert.throws(
    () => preloadCudaLibraries(reports),
    (error) => {
      assert.ok(isTachieError(error, "engine.unsupported"));
      for (const { name, file, isRequired } of wantedLibraries("linux"))
        assert.equal(error.message.includes(`${name} (${file})`), isRequired);
      assert.match(error.remedy, /driver, version 580.*cuda-libraries-13-0.*cudnn9-cuda-13.*doctor/);
      return true;
    },
  );
});

test("a library that cannot be loaded is named, unless nothing needs it", (context) => {
  const folder = temporaryFolder(context);
  const files = wantedLibraries("linux").map(({ file }) => file);
  put(folder, ...files);
  for (const file of files) chmodSync(path.join(folder, file), 0o755);
  const reports = findCudaLibraries({ platform: "linux", environment: {}, ownFolders: [folder] });
  assert.deepEqual(missingLibraries(reports), []);
  assert.throws(
    () => preloadCudaLibraries(reports),
    (error) => isTachieError(error, "engine.unsupported") && error.message.includes(`${folder}/libcuda.so.1: `),
  );
  preloadCudaLibraries(reports.filter(({ isRequired }) => !isRequired));
});
