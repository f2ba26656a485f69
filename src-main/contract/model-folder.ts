/**
 * @file The form of a model folder: `model.json` names the networks' files and says how the model wants to be used.
 *
 * A folder without `model.json` can still be a model: it is then recognised by the tensors in its files.
 */

import { TachieError } from "./errors.ts";
import { checkSampling } from "./sampling.ts";
import type { SamplingSettings } from "./sampling.ts";

export const MODEL_MANIFEST_FILE = "model.json";
export const MODEL_MANIFEST_FORMAT = 1;

/**
 * How text becomes what the transformer reads.
 * `jina`: one Jina text tower gives both token states and the pooled vector.
 * `gemma3+jina`: Gemma 3 gives the token states, Jina the pooled vector.
 */
export const TEXT_ENCODINGS = ["jina", "gemma3+jina"] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/**
 * One network: its weights and, for text encoders, its tokenizer. Paths are relative to the folder, with `/`, or absolute
 * where a model is put together from files that lie elsewhere (a ComfyUI folder, the Hugging Face cache).
 */
export interface ModelComponent {
  /** A `.safetensors` file or the `.safetensors.index.json` of its parts. */
  readonly weights: string;
  /** What the names of its tensors begin with in that file, such as `model.diffusion_model.`; stripped. Found where absent. */
  readonly prefix?: string;
  readonly tokenizer?: string;
  /** Configuration values that the tensors' shapes do not tell, by the names of the published config files. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ModelManifest {
  readonly format: typeof MODEL_MANIFEST_FORMAT;
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** Set where the weights are random, so that pictures are noise. */
  readonly isPlaceholder: boolean;
  readonly textEncoding: TextEncoding;
  /** Put before prompts for the encoder of token states; "" for none. */
  readonly systemPrompt: string;
  readonly components: {
    readonly transformer: ModelComponent;
    readonly vae: ModelComponent;
    /** Token states. With `jina` also the pooled vector. */
    readonly textEncoder: ModelComponent;
    /** The pooled vector; absent with `jina`. */
    readonly pooledEncoder?: ModelComponent;
  };
  readonly defaults: {
    readonly sampling: SamplingSettings;
    readonly width: number;
    readonly height: number;
    readonly negative: string;
  };
  readonly limits: {
    /** Most pixels of one picture. */
    readonly maxPixels: number;
    /** Most tokens of the text that are read, the first and last special tokens included; the rest is cut. */
    readonly maxTokens: number;
  };
}

/**
 * Reads the text of a `model.json`.
 * @throws model.unsupported for another format version; model.incomplete naming the field that is missing or wrong.
 */
export function parseModelManifest(text: string, where: string): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TachieError("model.incomplete", `${where} is not JSON: ${(cause as Error).message}`, { where, cause });
  }
  const manifest = json as ModelManifest;
  const fail = (field: string, wanted: string): never => {
    throw new TachieError("model.incomplete", `${where}: ${field} must be ${wanted}`, { where: `${where}: ${field}` });
  };
  if (!isRecord(json)) return fail("the file", "an object");
  if (json["format"] !== MODEL_MANIFEST_FORMAT)
    throw new TachieError(
      "model.unsupported",
      `${where} has format ${String(json["format"])}, but this version reads format ${MODEL_MANIFEST_FORMAT}`,
      { where },
    );
  for (const field of ["name", "title", "licence", "systemPrompt"] as const)
    if (typeof json[field] !== "string") fail(field, "a text");
  if (typeof json["isPlaceholder"] !== "boolean") fail("isPlaceholder", "true or false");
  if (!(TEXT_ENCODINGS as readonly unknown[]).includes(json["textEncoding"]))
    fail("textEncoding", `one of ${TEXT_ENCODINGS.join(", ")}`);
  if (!isRecord(json["components"])) fail("components", "an object");
  const wanted = ["transformer", "vae", "textEncoder", ...(json["textEncoding"] === "jina" ? [] : ["pooledEncoder"])];
  for (const name of wanted) checkComponent((json["components"] as Record<string, unknown>)[name], name, fail);
  if (!isRecord(json["defaults"]) || !isRecord(json["defaults"]["sampling"])) fail("defaults.sampling", "an object");
  if (!isRecord(json["limits"])) fail("limits", "an object");
  for (const [field, value] of [
    ["defaults.width", manifest.defaults.width],
    ["defaults.height", manifest.defaults.height],
    ["limits.maxPixels", manifest.limits.maxPixels],
    ["limits.maxTokens", manifest.limits.maxTokens],
  ] as const)
    if (!Number.isSafeInteger(value) || value < 1) fail(field, "a whole number from 1 up");
  if (typeof manifest.defaults.negative !== "string") fail("defaults.negative", "a text");
  checkSampling(manifest.defaults.sampling);
  return manifest;
}

function checkComponent(value: unknown, name: string, fail: (field: string, wanted: string) => never): void {
  if (!isRecord(value)) return fail(`components.${name}`, "an object");
  for (const field of ["weights", "tokenizer"]) {
    const path = value[field];
    if (field === "tokenizer" && path === undefined) continue;
    if (typeof path !== "string" || !isComponentPath(path))
      fail(`components.${name}.${field}`, "a path inside the model folder, or the absolute path of a local file");
  }
  if (value["prefix"] !== undefined && typeof value["prefix"] !== "string") fail(`components.${name}.prefix`, "a text");
  if (value["config"] !== undefined && !isRecord(value["config"])) fail(`components.${name}.config`, "an object");
}

/** No way out of the folder by `..`, and no network share: merely opening one hands a Windows user's credentials to it. */
function isComponentPath(path: string): boolean {
  return path !== "" && !/(^|[/\\])\.\.([/\\]|$)|^[/\\]{2}|^\\|^[a-z]:(?![/\\])|\p{Cc}/iu.test(path);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
