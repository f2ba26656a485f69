import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { compileCached } from "../../../src-main/cuda/kernel-cache.ts";
import { kernelProgram } from "../../../src-main/cuda/kernel-sources.ts";
import type { KernelCompiler, KernelProgram } from "../../../src-main/cuda/nvrtc.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";

const PROGRAM: KernelProgram = { name: "a.cu", source: "one", headers: { "b.cuh": "two" }, options: ["-x"] };

/** Answers with the number of its call. */
class FakeCompiler implements KernelCompiler {
  readonly version: string;
  calls = 0;

  constructor(version = "13.0") {
    this.version = version;
  }

  compile(): { kind: "cubin" | "ptx"; bytes: Uint8Array } {
    this.calls++;
    return { kind: "ptx", bytes: Uint8Array.of(this.calls, 1, 2, 3) };
  }
}

test("the second start takes the first one's image from the disk", (context) => {
  const folder = path.join(temporaryFolder(context), "not", "there", "yet");
  const compiler = new FakeCompiler();
  const first = compileCached(compiler, PROGRAM, [9, 0], folder);
  const second = compileCached(compiler, PROGRAM, [9, 0], folder);
  assert.deepEqual([first.origin, second.origin], ["compiler", "cache"]);
  assert.deepEqual(second.image, first.image);
  assert.equal(compiler.calls, 1);
  assert.equal(second.cacheFailure, undefined);
});

test("another source, header, option, GPU or compiler is another image", (context) => {
  const folder = temporaryFolder(context);
  const compiler = new FakeCompiler();
  compileCached(compiler, PROGRAM, [9, 0], folder);
  compileCached(compiler, { ...PROGRAM, source: "1" }, [9, 0], folder);
  compileCached(compiler, { ...PROGRAM, headers: { "b.cuh": "2" } }, [9, 0], folder);
  compileCached(compiler, { ...PROGRAM, options: ["-y"] }, [9, 0], folder);
  compileCached(compiler, PROGRAM, [8, 9], folder);
  assert.equal(compiler.calls, 5);
  assert.equal(compileCached(new FakeCompiler("13.1"), PROGRAM, [9, 0], folder).origin, "compiler");
  assert.equal(readdirSync(folder).length, 6);
});

test("a damaged file is compiled anew and put right", (context) => {
  const folder = temporaryFolder(context);
  const compiler = new FakeCompiler();
  compileCached(compiler, PROGRAM, [9, 0], folder);
  const file = path.join(folder, readdirSync(folder)[0]!);
  const whole = readFileSync(file);
  for (const damage of [whole.subarray(0, whole.length - 1), Buffer.alloc(0), Buffer.from(whole).fill(7, 34, 35)]) {
    writeFileSync(file, damage);
    assert.equal(compileCached(compiler, PROGRAM, [9, 0], folder).origin, "compiler");
    assert.equal(compileCached(compiler, PROGRAM, [9, 0], folder).origin, "cache");
  }
  assert.equal(compiler.calls, 4);
});

test("a folder that cannot be written to is told and is no error", (context) => {
  const file = path.join(temporaryFolder(context), "file");
  writeFileSync(file, "");
  const compiled = compileCached(new FakeCompiler(), PROGRAM, [9, 0], path.join(file, "cache"));
  assert.equal(compiled.origin, "compiler");
  assert.equal(compiled.cacheFailure?.code, "file.unwritable");
});

test("an error of the compiler comes through, and leaves nothing behind", (context) => {
  const folder = temporaryFolder(context);
  const failing: KernelCompiler = {
    version: "13.0",
    compile() {
      throw new TachieError("engine.start-failed", "does not compile");
    },
  };
  assert.throws(() => compileCached(failing, PROGRAM, [9, 0], folder), { code: "engine.start-failed" });
  assert.deepEqual(readdirSync(folder), []);
});

test("our program includes every .cu file and brings every header", () => {
  const { source, headers } = kernelProgram();
  for (const name of ["casts", "norms", "pixels", "qkv-norm-rotary", "sampler", "swiglu"])
    assert.ok(source.includes(`#include "${name}.cu"`) && `${name}.cu` in headers, name);
  assert.ok("elements.cuh" in headers && "reduce.cuh" in headers);
});

test("kernels that are not where they belong are told", () => {
  assert.throws(() => kernelProgram("/no/such/folder"), { code: "file.not-found" });
});
