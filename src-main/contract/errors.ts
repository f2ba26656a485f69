/**
 * @file Every error a person can meet, in one closed table: a code, and what to do about it.
 *
 * Errors cross process borders as plain data (`toErrorData`, `fromErrorData`), so a code means the same in the engine,
 * the studio, the command line and the window. A code that is not in the table is a bug, never a string made up on the way.
 */

/** What to do when an error of that code is met. Shown under the message unless the thrower knows better. */
export const REMEDIES = {
  "usage.invalid": "Run the command with --help to see its words.",
  "prompt.malformed": "Run `tachie prompt check` on the file: it names line, column and a fix.",
  "prompt.too-large": "Shorten the prompt.",
  "settings.invalid": "Choose a value in the range that the message gives.",
  "model.not-found":
    "Give --model a model folder or a name that `tachie models list` shows; `tachie models add DIR` installs a model from its files.",
  "model.incomplete": "Put the missing file or tensor in place; a partly downloaded model must be downloaded again.",
  "model.mismatch": "Use the weights that belong to this network.",
  "model.non-finite": "The weights are damaged: fetch the file again.",
  "model.unsupported": "Use a model of a kind that this version knows.",
  "model.exists": "Choose another name with --name, or remove the model of that name first.",
  "model.damaged": "Fetch the named files again: `tachie models download NAME` replaces what is damaged.",
  "model.in-use": "Wait until the jobs and tasks that use it are done, or cancel them.",
  "lora.changed": "Put the former file back, or generate the prompt anew with the file as it is now.",
  "licence.not-accepted": "Read the model's licence and accept it, then start the download again.",
  "models.corrupt": "Move the damaged list of models away and run `tachie models add` for each model again.",
  "models.busy": "Wait for the other Tachie to finish.",
  "download.unreachable": "Run the command again: it goes on where it stopped. `--base URL` names a mirror.",
  "download.refused":
    "Sign in on the server's web page, accept the licence there, and set HF_TOKEN to an access token.",
  "download.not-found": "Check --base: the mirror may lack this model.",
  "download.mismatch": "Try again later or from another server with --base; nothing that differs is ever used.",
  "download.unverifiable": "Use a server that states SHA-256 sums, or pass --accept-unverified to trust this one.",
  "safetensors.invalid": "The file is damaged or is not a safetensors file: fetch it again.",
  "parity.no-case": "Give a file with weights under `w.` and the inputs and expected outputs of at least one case.",
  "file.not-found": "Check the path.",
  "file.exists": "Choose another name: nothing is overwritten.",
  "file.unreadable": "Check that the file may be read.",
  "file.unwritable": "Check that the folder exists and may be written to.",
  "disk.full": "Free some space; nothing that was saved before is lost.",
  "image.invalid": "The file is not a PNG picture, or it is damaged.",
  "image.foreign": "The picture was not made by Tachie, so there is nothing to show or repeat.",
  "library.not-found": "Run `tachie history` to see what the library holds.",
  "library.locked": "Another Tachie is writing to this library: wait for it, or give --library another folder.",
  "library.corrupt":
    "Move library.db and the files beside it whose names begin so to another folder and keep them. Put a backup of them in place, or none: the next picture then makes a new library.db out of what the stored pictures tell of themselves.",
  "library.newer": "This library was written by a newer Tachie: update this one.",
  "library.read-only": "Give --library a folder that may be written to.",
  "engine.start-failed": "Run the command again; if it stays so, report the message.",
  "engine.lost": "The inference process ended unexpectedly. Run the job again; a smaller size needs less memory.",
  "engine.out-of-memory":
    "Choose a smaller size, or close other programs; on a GPU, memory set to sparing and vae_tiling or encoder_offload on take less.",
  "engine.device-lost":
    "The inference process is started again by itself: run the job again. If it comes back, restart the computer and update the graphics driver.",
  "engine.run-failed": "Report the message together with the model and the settings.",
  "engine.unsupported": "Use --provider cpu or --provider auto.",
  "server.unavailable": "Choose another port with --port, or leave it out to take one that is free.",
  "studio.start-failed": "Read the message's last words, then start Tachie again; if it stays so, report the message.",
  "studio.lost":
    "The studio is started again by itself, and what was saved is safe. If it stays so, report the message.",
  "job.not-found": "The queue has changed meanwhile: look at it again.",
  "job.cancelled": "Nothing was saved for the cancelled job.",
  "draft.not-found": "Write something into the editor first.",
  "wire.version": "Both sides must be of the same version: close every Tachie and start again.",
  "wire.invalid": "Report the message: one process sent what the other does not understand.",
  "internal.bug": "This is a fault in Tachie: report the message with the steps that led here.",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof REMEDIES;

/** An error as it crosses a process border or appears in `--json` output. */
export interface ErrorData {
  readonly code: ErrorCode;
  /** What went wrong, in a sentence. */
  readonly message: string;
  /** The file, field, line or tensor it went wrong at. */
  readonly where?: string;
  /** What to do about it. */
  readonly remedy: string;
}

export interface ErrorOptionsOfTachie {
  readonly where?: string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error class that a person is meant to see. Anything else that is thrown is a bug. */
export class TachieError extends Error {
  override readonly name = "TachieError";
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsOfTachie = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.where = options.where;
    this.remedy = options.remedy ?? REMEDIES[code];
  }
}

export function isTachieError(error: unknown, code?: ErrorCode): error is TachieError {
  return error instanceof TachieError && (code === undefined || error.code === code);
}

/** Anything thrown, as plain data. What is not a `TachieError` becomes `internal.bug` with its message kept. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof TachieError) {
    const { code, message, where, remedy } = error;
    return where === undefined ? { code, message, remedy } : { code, message, where, remedy };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal.bug", message, remedy: REMEDIES["internal.bug"] };
}

/** The inverse of `toErrorData`; data of an unknown shape becomes `internal.bug`. */
export function fromErrorData(data: unknown): TachieError {
  if (!isErrorData(data)) return new TachieError("internal.bug", `an error of unknown shape: ${JSON.stringify(data)}`);
  return new TachieError(data.code, data.message, {
    remedy: data.remedy,
    ...(data.where === undefined ? {} : { where: data.where }),
  });
}

function isErrorData(data: unknown): data is ErrorData {
  if (typeof data !== "object" || data === null) return false;
  const { code, message, remedy, where } = data as Record<string, unknown>;
  const isCodeKnown = typeof code === "string" && Object.hasOwn(REMEDIES, code);
  const isWhereKnown = where === undefined || typeof where === "string";
  return isCodeKnown && typeof message === "string" && typeof remedy === "string" && isWhereKnown;
}
