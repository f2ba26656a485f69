/**
 * @file What a studio does for its library by itself: a backup and a whole check once a day, a quick check soon after the
 * start, and the removal of what has been in the trash for long enough. Nothing here may keep a picture from being made.
 */

import { isTachieError, toErrorData } from "../../contract/errors.ts";
import type { ErrorData } from "../../contract/errors.ts";
import type { BackupFile, DatabaseCheck, LibraryHealth, RepairReport } from "../../contract/upkeep.ts";
import { listBackups } from "../library/backups.ts";
import type { Library } from "../library/library.ts";
import { requireSoundCheck } from "./database-task.ts";
import type { DatabaseTask, DatabaseTaskResult } from "./database-task.ts";
import { runDatabaseThread } from "./database-thread.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Long enough that the first page is shown and the first picture may have begun. */
const FIRST_LOOK_MS = 30_000;
const LOOK_INTERVAL_MS = 60 * 60 * 1000;

export interface UpkeepParts {
  readonly library: Pick<Library, "folder" | "withDatabase">;
  readonly repair: RepairReport | undefined;
  readonly emptyOldTrash: () => void;
  readonly onHealth: (health: LibraryHealth) => void;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #check: DatabaseCheck | undefined;
  #failure: ErrorData | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Looks now and then, until `stop`. */
  start(firstLookMs = FIRST_LOOK_MS): void {
    const lookLater = (delayMs: number): void => {
      this.#timer = setTimeout(() => void this.look().finally(() => lookLater(LOOK_INTERVAL_MS)), delayMs);
      this.#timer.unref();
    };
    lookLater(firstLookMs);
  }

  /** Ends what is running; resolves once nothing of it touches the library any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#running.catch(() => undefined); // whoever waits for it is told
  }

  health(): LibraryHealth {
    return {
      backups: listBackups(this.#parts.library.folder),
      ...(this.#check === undefined ? {} : { check: this.#check }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...(this.#parts.repair === undefined ? {} : { repair: this.#parts.repair }),
    };
  }

  /** Does what is due. Failures are told by `health`, not thrown: they are nobody's call. */
  async look(): Promise<void> {
    if (this.#isEnding()) return;
    try {
      this.#parts.emptyOldTrash();
      if (this.isBackupDue()) await this.backUp();
      else if (this.#check === undefined) await this.#run("quick-check");
    } catch (error) {
      if (!isTachieError(error, "job.cancelled")) this.#failure = toErrorData(error);
    }
    if (!this.#isEnding()) this.#parts.onHealth(this.health());
  }

  /** Whether the newest backup, or the first picture where there is none, is a day old. */
  isBackupDue(now = Date.now()): boolean {
    const [newest] = listBackups(this.#parts.library.folder);
    const since =
      newest === undefined
        ? this.#parts.library.withDatabase("the library could not be read", (database) =>
            database.prepare<[], number | null>("SELECT min(created_ms) FROM generations").pluck().get(),
          )
        : Date.parse(newest.createdAt);
    return since !== null && since !== undefined && now - since >= DAY_MS;
  }

  /** @throws library.corrupt for a damaged library, whose backups stay as they are; disk.full, library.*, file.* */
  async backUp(): Promise<BackupFile> {
    const { check, backup } = await this.#run("backup");
    requireSoundCheck(check, this.#parts.library.folder);
    if (backup === undefined) throw new Error("a sound database was not backed up");
    this.#failure = undefined;
    return backup;
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  /** One at a time. */
  #run(kind: DatabaseTask["kind"]): Promise<DatabaseTaskResult> {
    const { folder } = this.#parts.library;
    const run = this.#running
      .catch(() => undefined)
      .then(() => runDatabaseThread({ folder, kind }, this.#ending.signal))
      .then((result) => {
        this.#check = result.check;
        return result;
      });
    this.#running = run;
    return run;
  }
}
