import assert from "node:assert/strict";
import { test } from "node:test";
import koffi from "koffi";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { CudaDriver } from "../../../src-main/cuda/driver.ts";
import { ArgumentBlock, CudaLauncher } from "../../../src-main/cuda/launch.ts";
import type { KernelArgument } from "../../../src-main/cuda/launch.ts";
import { FakeDriver } from "./fake-driver.ts";

function open(): { fake: FakeDriver; launcher: CudaLauncher } {
  const fake = new FakeDriver({ kernels: ["guide", "addParts"] });
  return { fake, launcher: new CudaLauncher(new CudaDriver(fake.functions), Uint8Array.of(1, 2, 3)) };
}

/** What a kernel would find behind the table of arguments. */
function argument(table: bigint, index: number, type: string): unknown {
  const address = BigInt(koffi.decode(table + BigInt(8 * index), "uint64_t") as number | bigint);
  return koffi.decode(address, type);
}

test("arguments lie where the table says, in the kinds of the kernel", () => {
  const block = new ArgumentBlock();
  block.write("latentPreview", [0x7f00_1234_5678n, 0n, 0xffff_ffff_ffffn, -3, 2 ** 40 + 1]);
  assert.equal(BigInt(argument(block.address, 0, "uint64_t") as number), 0x7f00_1234_5678n);
  assert.equal(argument(block.address, 1, "uint64_t"), 0);
  assert.equal(BigInt(argument(block.address, 2, "uint64_t") as number), 0xffff_ffff_ffffn);
  assert.equal(argument(block.address, 3, "int32_t"), -3);
  assert.equal(argument(block.address, 4, "int64_t"), 2 ** 40 + 1);
  block.write("guide", [1n, 2n, 4.5, 0.1, 3n, 4n, 5n, -0.5, 6n, 7]);
  assert.equal(argument(block.address, 2, "float"), 4.5);
  assert.equal(argument(block.address, 3, "float"), Math.fround(0.1));
  assert.equal(argument(block.address, 7, "float"), -0.5);
});

test("arguments of another number or kind are bugs", () => {
  const block = new ArgumentBlock();
  const wrong: KernelArgument[][] = [[], [1n], [1n, 2], [1n, 2n, 3n]];
  for (const values of wrong)
    assert.throws(
      () => block.write("addParts", values),
      (error) => isTachieError(error, "internal.bug"),
    );
  for (const count of [1.5, NaN, 2 ** 60])
    assert.throws(
      () => block.write("countNonFinite", [1n, 2n, count]),
      (error) => isTachieError(error, "internal.bug"),
    );
  assert.throws(
    () => block.write("normModulate_f32", [1n, 2n, 3n, 2 ** 31, 1e-5]),
    (error) => isTachieError(error, "internal.bug"),
  );
});

test("a kernel is looked up once and launched on the stream that is given", () => {
  const { fake, launcher } = open();
  launcher.launch("addParts", { blocks: 3, threads: 64 }, [1n, 2n], 77n);
  launcher.launch("addParts", { blocks: 3, threads: 64 }, [1n, 2n], 77n);
  const { name, grid, block, stream } = fake.launches[1]!;
  assert.deepEqual(
    { name, grid, block, stream },
    { name: "addParts", grid: [3, 1, 1], block: [64, 1, 1], stream: 77n },
  );
  assert.equal(fake.calls.filter((call) => call === "cuModuleGetFunction").length, 1);
});

test("a prepared kernel is not looked up by its launch", () => {
  const { fake, launcher } = open();
  launcher.prepare("guide");
  fake.calls.length = 0;
  launcher.launch("guide", { blocks: 1, threads: 64 }, [1n, 2n, 1, 0, 3n, 4n, 5n, 0, 6n, 7], 0n);
  assert.deepEqual(fake.calls, ["cuLaunchKernel"]);
});

test("an empty grid is no launch", () => {
  const { fake, launcher } = open();
  launcher.launch("addParts", { blocks: 0, threads: 64 }, [1n, 2n], 0n);
  assert.deepEqual(fake.launches, []);
});

test("a kernel that the image lacks is named", () => {
  const { launcher } = open();
  assert.throws(
    () => launcher.prepare("squareParts"),
    (error) => isTachieError(error, "engine.run-failed") && error.message.includes("squareParts"),
  );
});

test("release unloads the module", () => {
  const { fake, launcher } = open();
  launcher.release();
  assert.ok(![...fake.handles.values()].includes("module"));
});
