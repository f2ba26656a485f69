/**
 * @file Makes safetensors headers from a seed: valid ones in every form the format allows, and mutations that know its
 * structure. Only the length field and the header are made; the size of the whole file is a number.
 */

export interface GeneratedHeader {
  /** Length field and header. */
  readonly bytes: Buffer;
  readonly fileSizeBytes: number;
  readonly mutations: readonly string[];
}

/** xorshift32: small, and the same everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b9) | 1;
  }

  /** A whole number from 0 up to `end`, exclusive. */
  below(end: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % end;
  }

  isOneIn(chances: number): boolean {
    return this.below(chances) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}

const TYPES: readonly (readonly [string, number])[] = [
  ...([8, 16, 32, 64] as const).flatMap((bits) => [`I${bits}`, `U${bits}`].map((type) => [type, bits] as const)),
  ...[["BOOL", 8] as const, ["F16", 16] as const, ["BF16", 16] as const, ["F32", 32] as const, ["F64", 64] as const],
  ...[["C64", 64] as const, ["F8_E4M3", 8] as const, ["F8_E5M2", 8] as const, ["F8_E8M0", 8] as const],
  ...[["F4", 4] as const, ["F6_E2M3", 6] as const, ["F6_E3M2", 6] as const],
];

const NAMES = [
  "w",
  "a.b.weight",
  "__proto__",
  "constructor",
  "",
  "ключ",
  "名前",
  "🎨",
  'qu"ote',
  "back\\slash",
  "\u0001",
  "é",
];

/** Numbers are kept as text, so that a mutation can write what no number type holds. */
interface Entry {
  name: string;
  type: string;
  shape: string[];
  offsets: string[];
  extra: string[];
}

interface Draft {
  entries: Entry[];
  metadata: string | undefined;
  dataBytes: number;
  /** JSON of further top-level fields, as they are. */
  extra: string[];
}

/** A header with up to three mutations; one in eight has none and is valid. */
export function generateHeader(seed: number): GeneratedHeader {
  const random = new Random(seed);
  const draft = createDraft(random);
  const mutations: string[] = [];
  const count = random.isOneIn(8) ? 0 : 1 + random.below(3);
  const byteMutations: ByteMutation[] = [];
  for (let i = 0; i < count; i++)
    if (random.isOneIn(3)) {
      const [name, mutate] = random.pick(BYTE_MUTATIONS);
      mutations.push(name);
      byteMutations.push(mutate);
    } else {
      const [name, mutate] = random.pick(DRAFT_MUTATIONS);
      mutations.push(name);
      mutate(draft, random);
    }
  const header = Buffer.from(serialise(draft, random));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file: HeaderBytes = {
    bytes: Buffer.concat([length, header]),
    fileSizeBytes: 8 + header.length + draft.dataBytes,
  };
  for (const mutate of byteMutations) mutate(file, random);
  extendToLength(file);
  return { ...file, mutations };
}

function createDraft(random: Random): Draft {
  const names = random.shuffle(NAMES).slice(0, random.below(8));
  let position = 0;
  const entries = names.map((name): Entry => {
    const [type, bits] = random.pick(TYPES);
    const shape = Array.from({ length: random.below(4) }, () => (random.isOneIn(12) ? 0 : 1 + random.below(6)));
    // Packed types end on a whole byte when four elements come together.
    if (bits % 8 !== 0) shape.push(4);
    const length = (shape.reduce((product, dimension) => product * dimension, 1) * bits) / 8;
    const offsets = [position, position + length].map(String);
    position += length;
    return { name, type, shape: shape.map(String), offsets, extra: [] };
  });
  const metadata = random.isOneIn(2)
    ? undefined
    : random.pick(['{"format":"pt"}', "{}", "null", '{"a":"1","ü":"\\ud83d\\ude00"}']);
  return { entries: random.shuffle(entries), metadata, dataBytes: position, extra: [] };
}

function serialise(draft: Draft, random: Random): string {
  const space = (): string => (random.isOneIn(6) ? random.pick([" ", "\n", "\t", "\r\n  "]) : "");
  const quote = (text: string): string =>
    random.isOneIn(4)
      ? `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"`
      : JSON.stringify(text);
  const fields = draft.entries.map(({ name, type, shape, offsets, extra }) => {
    const parts = random.shuffle([
      `${quote("dtype")}:${space()}${quote(type)}`,
      `"shape":${space()}[${shape.join(`,${space()}`)}]`,
      `"data_offsets"${space()}:[${space()}${offsets.join(`${space()},`)}]`,
      ...extra,
    ]);
    return `${quote(name)}:${space()}{${parts.join(`${space()},`)}${space()}}`;
  });
  if (draft.metadata !== undefined) fields.push(`"__metadata__":${draft.metadata}`);
  return `{${random.shuffle([...fields, ...draft.extra]).join(`,${space()}`)}}${" ".repeat(random.below(9))}`;
}

type DraftMutation = (draft: Draft, random: Random) => void;

interface HeaderBytes {
  bytes: Buffer;
  fileSizeBytes: number;
}

type ByteMutation = (file: HeaderBytes, random: Random) => void;

const ODD_NUMBERS = [
  "-1",
  "-0",
  "1.0",
  "1e0",
  "01",
  "9007199254740991",
  "9007199254740992",
  "18446744073709551616",
  '"4"',
];
const ODD_VALUES = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "1e999",
  "nan",
  "Infinity",
  "'x'",
  "0x10",
  "+1",
  ".5",
  "1.",
  "[1,]",
  "",
];

/** Does `change` to one entry, if there is any. */
function onEntry(change: (entry: Entry, random: Random, draft: Draft) => void): DraftMutation {
  return (draft, random) => {
    if (draft.entries.length > 0) change(random.pick(draft.entries), random, draft);
  };
}

function replaceOne(items: string[], random: Random, value: string): void {
  if (items.length === 0) items.push(value);
  else items[random.below(items.length)] = value;
}

const DRAFT_MUTATIONS: readonly (readonly [string, DraftMutation])[] = [
  ["odd dimension", onEntry((entry, random) => replaceOne(entry.shape, random, random.pick(ODD_NUMBERS)))],
  ["odd offset", onEntry((entry, random) => replaceOne(entry.offsets, random, random.pick(ODD_NUMBERS)))],
  ["offset moved", onEntry((entry, random) => replaceOne(entry.offsets, random, String(random.below(64))))],
  ["offsets swapped", onEntry((entry) => void entry.offsets.reverse())],
  ["offset added", onEntry((entry) => void entry.offsets.push("8"))],
  ["offset removed", onEntry((entry) => void entry.offsets.pop())],
  ["dimension added", onEntry((entry, random) => void entry.shape.push(String(random.below(3))))],
  ["dimension removed", onEntry((entry) => void entry.shape.pop())],
  ["huge shape", onEntry((entry) => void entry.shape.push("4294967296", "4294967296"))],
  ["huge shape times zero", onEntry((entry) => void entry.shape.push("4294967296", "4294967296", "0"))],
  ["other type", onEntry((entry, random) => void (entry.type = random.pick(TYPES)[0]))],
  [
    "unknown type",
    onEntry((entry, random) => void (entry.type = random.pick(["f32", "F32 ", "F128", "", "toString"]))),
  ],
  [
    "shares another's bytes",
    onEntry((entry, random, draft) => void (entry.offsets = [...random.pick(draft.entries).offsets])),
  ],
  ["unknown field", onEntry((entry) => void entry.extra.push('"note":{"a":[1,-2.5e3,null,"x"]}'))],
  ["odd field", onEntry((entry, random) => void entry.extra.push(`"note":${random.pick(ODD_VALUES)}`))],
  [
    "field twice",
    onEntry(
      (entry, random) => void entry.extra.push(random.pick(['"dtype":"F32"', '"shape":[]', '"data_offsets":[0,4]'])),
    ),
  ],
  ["deep field", onEntry((entry, random) => nest(entry, 100 + random.below(60)))],
  ["half a surrogate pair", onEntry((entry) => void entry.extra.push('"\\ud83c":1'))],
  ["name twice", onEntry((entry, _, draft) => void draft.entries.push({ ...entry }))],
  ["entry removed", (draft, random) => void draft.entries.splice(random.below(8), 1)],
  ["entry is something else", (draft, random) => void draft.extra.push(`"other":${random.pick(ODD_VALUES)}`)],
  [
    "metadata is something else",
    (draft, random) => void (draft.metadata = random.pick([...ODD_VALUES, '{"a":1}', '{"a":"1","a":"2"}'])),
  ],
  ["metadata twice", (draft) => void draft.extra.push('"__metadata__":{}')],
];

function nest(entry: Entry, depth: number): void {
  entry.extra.push(`"deep":${"[".repeat(depth)}${"]".repeat(depth)}`);
}

const BYTE_MUTATIONS: readonly (readonly [string, ByteMutation])[] = [
  ["byte flipped", (file, random) => changeByte(file, random, 0, (byte) => byte ^ (1 << random.below(8)))],
  ["byte replaced", (file, random) => changeByte(file, random, 8, () => random.below(256))],
  ["cut", (file, random) => truncate(file, random.below(file.bytes.length + 1))],
  [
    "data cut",
    (file, random) => void (file.fileSizeBytes = Math.max(file.bytes.length, file.fileSizeBytes - 1 - random.below(9))),
  ],
  ["trailing bytes", (file, random) => void (file.fileSizeBytes += 1 + random.below(9))],
  ["length field off", (file, random) => writeLength(file, BigInt(file.bytes.length - 8 + random.below(17) - 8))],
  [
    "length field huge",
    (file, random) => writeLength(file, random.pick([2n ** 64n - 1n, 2n ** 63n, 100_000_001n, 2n ** 53n])),
  ],
  ["byte order mark", (file) => insert(file, 8, Buffer.from([0xef, 0xbb, 0xbf]))],
  [
    "text inserted",
    (file, random) =>
      insert(
        file,
        8 + random.below(Math.max(1, file.bytes.length - 7)),
        Buffer.from(random.pick(['"', "{", "}", "\\", ",", " ", "\u00a0"])),
      ),
  ],
  ["piece repeated", (file, random) => repeatPiece(file, random)],
];

function changeByte({ bytes }: HeaderBytes, random: Random, from: number, change: (byte: number) => number): void {
  if (bytes.length <= from) return;
  const at = from + random.below(bytes.length - from);
  bytes[at] = change(bytes[at]!);
}

function truncate(file: HeaderBytes, size: number): void {
  file.bytes = file.bytes.subarray(0, size);
  file.fileSizeBytes = size;
}

/** A length field that is too large makes the header reach into the data, which is zeros. */
function extendToLength(file: HeaderBytes): void {
  const end = file.bytes.length < 8 ? 0n : 8n + file.bytes.readBigUInt64LE(0);
  if (end <= BigInt(file.bytes.length) || end > BigInt(file.fileSizeBytes)) return;
  file.bytes = Buffer.concat([file.bytes, Buffer.alloc(Number(end) - file.bytes.length)]);
}

function writeLength(file: HeaderBytes, length: bigint): void {
  if (file.bytes.length >= 8) file.bytes.writeBigUInt64LE(BigInt.asUintN(64, length));
}

function insert(file: HeaderBytes, at: number, piece: Buffer): void {
  if (file.bytes.length < 8) return;
  file.bytes = Buffer.concat([file.bytes.subarray(0, at), piece, file.bytes.subarray(at)]);
  file.fileSizeBytes += piece.length;
  writeLength(file, BigInt(file.bytes.length - 8));
}

function repeatPiece(file: HeaderBytes, random: Random): void {
  if (file.bytes.length < 9) return;
  const start = 8 + random.below(file.bytes.length - 8);
  insert(file, start, Buffer.from(file.bytes.subarray(start, start + random.below(40))));
}
