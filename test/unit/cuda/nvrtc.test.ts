import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TachieError, isTachieError } from "../../../src-main/contract/errors.ts";
import { KERNEL_NAMES } from "../../../src-main/cuda/kernel-table.ts";
import { kernelProgram } from "../../../src-main/cuda/kernel-sources.ts";
import { NVRTC_LIBRARIES, findNvrtc, loadNvrtc, openNvrtc } from "../../../src-main/cuda/nvrtc.ts";
import type { KernelCompiler } from "../../../src-main/cuda/nvrtc.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

test("the newest library of any folder is found, of equals the first folder's", (context) => {
  const folders = [temporaryFolder(context), temporaryFolder(context)] as const;
  assert.equal(findNvrtc(folders), undefined);
  const [newest, older] = [NVRTC_LIBRARIES[0]!, NVRTC_LIBRARIES[1]!];
  writeFileSync(path.join(folders[0], older), "");
  assert.equal(findNvrtc(folders), path.join(folders[0], older));
  writeFileSync(path.join(folders[1], newest), "");
  assert.equal(findNvrtc(folders), path.join(folders[1], newest));
  writeFileSync(path.join(folders[0], newest), "");
  assert.equal(findNvrtc(folders), path.join(folders[0], newest));
});

test("a file that is no library is told by its name", (context) => {
  const folder = temporaryFolder(context);
  const file = path.join(folder, NVRTC_LIBRARIES[0]!);
  writeFileSync(file, "no library");
  assert.throws(
    () => openNvrtc([folder]),
    (error) =>
      error instanceof TachieError &&
      error.code === "engine.unsupported" &&
      error.message.includes(file) &&
      /Install CUDA/.test(error.remedy),
  );
});

/** Any NVRTC that there is: one that TACHIE_NVRTC names, or the system's. */
function openAny(): KernelCompiler | string {
  const named = process.env["TACHIE_NVRTC"];
  try {
    return named === undefined ? openNvrtc([]) : loadNvrtc(named);
  } catch (error) {
    if (isTachieError(error, "engine.unsupported") && named === undefined) return "there is no NVRTC on this machine";
    throw error;
  }
}

const compiler = openAny();
const skip = typeof compiler === "string" ? compiler : false;

test("our kernels compile to machine code with every kernel in it", { skip }, () => {
  assert.ok(typeof compiler !== "string");
  const { kind, bytes } = compiler.compile(kernelProgram(), [9, 0]);
  assert.equal(kind, "cubin");
  const text = Buffer.from(bytes).toString("latin1");
  for (const name of KERNEL_NAMES) assert.ok(text.includes(`.text.${name}\0`), name);
});

test("a GPU newer than the compiler gets PTX that ends with a zero byte", { skip }, () => {
  assert.ok(typeof compiler !== "string");
  const program = { name: "a.cu", source: 'extern "C" __global__ void a() {}', headers: {}, options: [] };
  const { kind, bytes } = compiler.compile(program, [99, 0]);
  assert.equal(kind, "ptx");
  assert.match(Buffer.from(bytes).toString("latin1"), /\.target sm_\d+[^]*\.entry a[^]*\0$/);
  assert.throws(() => compiler.compile(program, [1, 0]), { code: "engine.unsupported" });
});

test("an error of the compiler comes with its log, which names file and line", { skip }, () => {
  assert.ok(typeof compiler !== "string");
  const headers = { "wrong.cuh": "\nthis is no C++;" };
  const program = { name: "a.cu", source: '#include "wrong.cuh"\n', headers, options: [] };
  assert.throws(
    () => compiler.compile(program, [8, 0]),
    (error) => isTachieError(error, "engine.start-failed") && /wrong\.cuh\(2\): error/.test(error.message),
  );
});
