/** @file Every call of a write fails once, in every way: a whole file or none, a typed error, nothing left behind. */

import assert from "node:assert/strict";
import fs, { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { openSafetensors, readFloats, writeSafetensors } from "../../src-main/graph/safetensors.ts";
import { failure, withCalls } from "./broken-calls.ts";

const CODES = {
  ENOSPC: "disk.full",
  EDQUOT: "disk.full",
  EIO: "file.unwritable",
  EACCES: "file.unwritable",
  EROFS: "file.unwritable",
  EMFILE: "file.unwritable",
} as const;

const DATA = Float32Array.from({ length: 1000 }, (_, i) => i);
const TENSORS = [{ name: "a", type: "F32", shape: [1000], data: new Uint8Array(DATA.buffer) }] as const;

for (const canReplace of [false, true])
  test(`a write ${canReplace ? "over an old file" : "of a new file"}: every call fails, in ${Object.keys(CODES).length} ways`, () => {
    const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
    const file = path.join(folder, "a.safetensors");
    const isWhole = (): boolean => existsSync(file) && readFloats(openSafetensors(file), "a")[999] === 999;
    try {
      const calls = withCalls(
        (_, __, call) => call(),
        () => writeSafetensors(file, TENSORS, {}, { canReplace }),
      );
      assert.ok(calls >= 8 && isWhole());
      for (const [errno, code] of Object.entries(CODES))
        for (let failing = 0; failing < calls; failing++) {
          rmSync(file, { force: true });
          if (canReplace) writeSafetensors(file, [{ ...TENSORS[0], shape: [1], data: new Uint8Array(4) }]);
          let name = "";
          let thrown: unknown;
          withCalls(
            (number, callName, call) => {
              if (number !== failing) return call();
              name = callName;
              // A descriptor is gone even when closing it fails.
              if (callName === "closeSync") call();
              throw failure(errno);
            },
            () => {
              try {
                writeSafetensors(file, TENSORS, {}, { canReplace });
              } catch (error) {
                thrown = error;
              }
            },
          );
          const what = `${errno} at call ${failing}, ${name}`;
          assert.ok(isTachieError(thrown, code), `${what}: ${String(thrown)}`);
          assert.ok(thrown.message.includes(file), what);
          const left = readdirSync(folder);
          assert.ok(
            left.every((entry) => entry === "a.safetensors"),
            `${what} left ${left.join(", ")}`,
          );
          // After the file has its name, the folder's fsync may still fail: then the file is whole.
          if (existsSync(file) && !canReplace) assert.ok(isWhole(), what);
          if (canReplace) assert.ok(isWhole() || readFloats(openSafetensors(file), "a").length === 1, what);
        }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("writes that take fewer bytes than given are continued", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const file = path.join(folder, "a.safetensors");
  try {
    const writeSync = fs.writeSync.bind(fs);
    withCalls(
      (_, name, call, parameters) => {
        if (name !== "writeSync") return call();
        const [descriptor, bytes, offset, length] = parameters as [number, Uint8Array, number, number];
        return writeSync(descriptor, bytes, offset, Math.min(7, length));
      },
      () => writeSafetensors(file, TENSORS),
    );
    assert.deepEqual(readFloats(openSafetensors(file), "a"), DATA);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("where hard links are not possible a rename does it", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const file = path.join(folder, "a.safetensors");
  try {
    const noLinks = (_: number, name: string, call: () => unknown): unknown => {
      if (name === "linkSync") throw failure("EPERM");
      return call();
    };
    withCalls(noLinks, () => writeSafetensors(file, TENSORS));
    assert.deepEqual(readFloats(openSafetensors(file), "a"), DATA);
    assert.deepEqual(readdirSync(folder), ["a.safetensors"]);
    assert.throws(
      () => writeSafetensors(file, TENSORS),
      (error) => isTachieError(error, "file.exists"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a name that is taken while the file is being written is not overwritten", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const file = path.join(folder, "a.safetensors");
  try {
    const write = (): void =>
      writeSafetensors(file, [
        {
          ...TENSORS[0],
          data: () => {
            fs.writeFileSync(file, "somebody's own");
            return [TENSORS[0].data];
          },
        },
      ]);
    assert.throws(write, (error) => isTachieError(error, "file.exists"));
    assert.equal(fs.readFileSync(file, "utf8"), "somebody's own");
    assert.deepEqual(readdirSync(folder), ["a.safetensors"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a device without space gives disk.full", { skip: !existsSync("/dev/full") && "no /dev/full" }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const file = path.join(folder, "a.safetensors");
  const full = fs.openSync("/dev/full", "w");
  const writeSync = fs.writeSync.bind(fs);
  try {
    assert.throws(
      () =>
        withCalls(
          (_, name, call, parameters) => (name === "writeSync" ? writeSync(full, parameters[1] as Uint8Array) : call()),
          () => writeSafetensors(file, TENSORS),
        ),
      (error) => isTachieError(error, "disk.full"),
    );
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    fs.closeSync(full);
    rmSync(folder, { recursive: true });
  }
});

test("a folder that does not exist, or is a file, is named", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  try {
    for (const parent of ["absent", "file"]) {
      fs.writeFileSync(path.join(folder, "file"), "");
      const target = path.join(folder, parent, "a.safetensors");
      assert.throws(
        () => writeSafetensors(target, TENSORS),
        (error) => isTachieError(error, "file.unwritable") && error.where === target,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
