/** @file Every call of a save, failed one after the other in every way that matters; what is left, before and after a restart. */

import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { TachieError } from "../../src-main/contract/errors.ts";
import { nodeFiles } from "../../src-main/studio/files/file-layer.ts";
import type { FileLayer, NewFile } from "../../src-main/studio/files/file-layer.ts";
import type { StepRunner } from "../../src-main/studio/library/generation-writer.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { auditLibrary, filesIn, memoryLibraryFolder } from "../fixtures/library-folder.ts";
import { newGeneration, testImage } from "../fixtures/new-generation.ts";

/** What to do instead of, or after, a call: throw, and from then on behave as if the process were gone. */
interface Fault {
  readonly error: () => Error;
  /** Whether the call has its effect before it fails. */
  readonly isLate: boolean;
  /** Whether nothing works any more afterwards, as after a kill. */
  readonly isFatal: boolean;
}

/** Counts calls and fails the one with number `target`. */
class Saboteur {
  calls: string[] = [];
  target = -1;
  fault: Fault | undefined;
  #isDead = false;

  async file<T>(name: string, call: () => Promise<T>): Promise<T> {
    const fault = this.#next(name);
    if (fault?.isLate === false) throw fault.error();
    const value = await call();
    if (fault !== undefined) throw fault.error();
    return value;
  }

  statement<T>(name: string, call: () => T): T {
    const fault = this.#next(name);
    if (fault?.isLate === false) throw fault.error();
    const value = call();
    if (fault !== undefined) throw fault.error();
    return value;
  }

  #next(name: string): Fault | undefined {
    if (this.#isDead) throw errno("EKILLED");
    this.calls.push(name);
    if (this.calls.length - 1 !== this.target || this.fault === undefined) return undefined;
    this.#isDead = this.fault.isFatal;
    return this.fault;
  }

  readonly step: StepRunner = (name, run) => this.statement(`sql ${name}`, run);

  readonly files: FileLayer = {
    makeFolder: (path) => this.file("makeFolder", () => nodeFiles.makeFolder(path)),
    publish: (from, to) => this.file("publish", () => nodeFiles.publish(from, to)),
    remove: (path) => this.file("remove", () => nodeFiles.remove(path)),
    syncFolder: (path) => this.file("syncFolder", () => nodeFiles.syncFolder(path)),
    createFile: async (path) => {
      let made: NewFile | undefined;
      const file = await this.file("createFile", async () => (made = await nodeFiles.createFile(path))).catch(
        async (error: unknown) => {
          await made?.close(); // the operating system would do it
          throw error;
        },
      );
      return {
        // Short writes, so that "a part of the file is written" is a point of its own.
        write: (data) => this.file("write", () => file.write(data.subarray(0, 1000))),
        sync: () => this.file("sync", () => file.sync()),
        close: async () => {
          await file.close(); // the operating system would do it
          await this.file("close", () => Promise.resolve());
        },
      };
    },
  };
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** A library with one picture, open with a saboteur between it and the disk. */
async function openSabotaged(context: TestContext) {
  const folder = memoryLibraryFolder(context);
  const before = openLibrary(folder, { mode: "write" });
  const first = await before.save(newGeneration({ seed: 1 }));
  before.close();
  const saboteur = new Saboteur();
  const library = openLibrary(folder, { mode: "write", seams: { files: saboteur.files, step: saboteur.step } });
  return { folder, first, library, saboteur };
}

/** Another prompt than the first picture's, so that its row is part of the save. */
function second() {
  return newGeneration({ seed: 2, prompt: "another prompt", image: testImage(16, 16, 2) });
}

async function settle(saving: Promise<{ readonly id: string }>): Promise<{ id?: string; error?: unknown }> {
  try {
    return { id: (await saving).id };
  } catch (error) {
    return { error };
  }
}

const FILE_ERRORS = {
  ENOSPC: "disk.full",
  EDQUOT: "disk.full",
  EROFS: "library.read-only",
  EACCES: "file.unwritable",
  EIO: "file.unwritable",
  EMFILE: "file.unwritable",
} as const;
const SQL_ERRORS = {
  SQLITE_FULL: "disk.full",
  SQLITE_READONLY: "library.read-only",
  SQLITE_BUSY: "library.locked",
  SQLITE_IOERR_FSYNC: "file.unwritable",
  SQLITE_CORRUPT: "library.corrupt",
} as const;

function faultsFor(call: string): { name: string; fault: Fault; code?: string }[] {
  const errors = call.startsWith("sql ") ? SQL_ERRORS : FILE_ERRORS;
  const make = call.startsWith("sql ") ? (code: string) => new Database.SqliteError("injected", code) : errno;
  const last = Object.entries(errors).at(-1) ?? assert.fail();
  return [
    ...Object.entries(errors).map(([name, code]) => ({
      name,
      code,
      fault: { error: () => make(name), isLate: false, isFatal: false },
    })),
    { name: `${last[0]} after the fact`, fault: { error: () => make(last[0]), isLate: true, isFatal: false } },
    { name: "killed before", fault: { error: () => errno("EKILLED"), isLate: false, isFatal: true } },
    { name: "killed after", fault: { error: () => errno("EKILLED"), isLate: true, isFatal: true } },
  ];
}

async function callsOfASave(context: TestContext): Promise<readonly string[]> {
  const { library, saboteur } = await openSabotaged(context);
  await library.save(second());
  library.close();
  return saboteur.calls;
}

test("whichever call of a save fails, and however: typed, no picture without row or row without picture, nothing old harmed", async (context) => {
  const calls = await callsOfASave(context);
  assert.deepEqual(
    calls.filter((call, index) => call !== calls[index - 1]),
    [
      ...["makeFolder", "syncFolder", "makeFolder", "syncFolder", "makeFolder", "syncFolder"],
      ...["createFile", "write", "sync", "close", "publish", "remove", "syncFolder"],
      ...[
        "sql begin",
        "sql prompt",
        "sql negative",
        "sql system",
        "sql choices",
        "sql generation",
        "sql image",
        "sql timings",
        "sql commit",
      ],
    ],
    "the order of a durable save",
  );
  let cases = 0;
  for (const [target, call] of calls.entries())
    for (const { name, fault, code } of faultsFor(call)) {
      cases++;
      const where = `${name} at call ${target} (${call})`;
      const { folder, first, library, saboteur } = await openSabotaged(context);
      [saboteur.target, saboteur.fault] = [target, fault];
      const { id, error } = await settle(library.save(second()));
      if (error === undefined) assert.equal(call, "remove", `${where} was not noticed`);
      else if (!fault.isFatal) {
        assert.ok(error instanceof TachieError, where);
        if (code !== undefined) assert.equal(error.code, code, where);
        // Everything of it is gone at once, unless the message says where it is. (A link that was made although the system
        // says it was not is no one's to remove: it cannot be told from another's. It is adopted later.)
        const pictures = filesIn(`${folder}/images`).filter((file) => !first.file.endsWith(file));
        if (pictures.length > 0)
          assert.ok(error.message.includes(pictures[0] ?? ""), `${where} left ${pictures.join()}`);
        // The same library goes on working.
        await library.save(newGeneration({ seed: 3 }));
      }
      library.close();

      const again = openLibrary(folder, { mode: "write" });
      assert.deepEqual(again.find(first.id), first, where);
      if (id !== undefined) again.find(id);
      again.close();
      const { findings, ids } = auditLibrary(folder);
      assert.deepEqual(findings, [], where);
      assert.ok(ids.length >= 1 && ids.length <= 3, where);
      assert.deepEqual(
        filesIn(folder).filter((file) => file.endsWith(".tmp")),
        [],
        where,
      );
    }
  context.diagnostic(`${cases} cases`);
});
