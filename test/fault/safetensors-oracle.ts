/**
 * @file Says whether bytes are a valid safetensors header, in the plainest way: tokens by a regular expression, a tree, big
 * integers. Shares no code with the reader that it is compared with, and takes no care of speed or messages.
 */

const TYPE_BITS: Readonly<Record<string, bigint>> = {
  ...{ BOOL: 8n, U8: 8n, I8: 8n, F8_E5M2: 8n, F8_E4M3: 8n, F8_E8M0: 8n, F8_E4M3FNUZ: 8n, F8_E5M2FNUZ: 8n },
  ...{ F4: 4n, F6_E2M3: 6n, F6_E3M2: 6n, I16: 16n, U16: 16n, F16: 16n, BF16: 16n, I32: 32n, U32: 32n, F32: 32n },
  ...{ C64: 64n, F64: 64n, I64: 64n, U64: 64n },
};
const LIMIT = 2n ** 53n;

type Node =
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: "array"; readonly items: readonly Node[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "word"; readonly word: string };

/** @param bytes the length field and the header; `fileSizeBytes` counts the data too, which is not needed */
export function isValidSafetensors(bytes: Uint8Array, fileSizeBytes: number): boolean {
  try {
    return isValid(Buffer.from(bytes), fileSizeBytes);
  } catch {
    return false;
  }
}

function isValid(bytes: Buffer, fileSizeBytes: number): boolean {
  const length = bytes.readBigUInt64LE(0);
  if (length > 100_000_000n || 8n + length > BigInt(fileSizeBytes)) return false;
  const header = bytes.subarray(8, 8 + Number(length));
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  if (!text.startsWith("{")) return false;
  JSON.parse(text);
  const root = buildTree(text);
  if (root.kind !== "object") return false;
  let metadataCount = 0;
  const names = new Set<string>();
  const ranges: { begin: bigint; end: bigint }[] = [];
  for (const [name, node] of root.entries) {
    if (name === "__metadata__") {
      if (++metadataCount > 1 || !isMetadata(node)) return false;
      continue;
    }
    const range = readTensor(node);
    if (names.has(name) || range === undefined) return false;
    names.add(name);
    ranges.push(range);
  }
  ranges.sort((a, b) => Number(a.begin - b.begin) || Number(a.end - b.end));
  let position = 0n;
  for (const { begin, end } of ranges) {
    if (begin !== position) return false;
    position = end;
  }
  return 8n + length + position === BigInt(fileSizeBytes);
}

function isMetadata(node: Node): boolean {
  if (node.kind === "word") return node.word === "null";
  if (node.kind !== "object") return false;
  const keys = node.entries.map(([key]) => key);
  return new Set(keys).size === keys.length && node.entries.every(([, value]) => value.kind === "text");
}

function readTensor(node: Node): { begin: bigint; end: bigint } | undefined {
  if (node.kind !== "object") return undefined;
  const fields = new Map(node.entries);
  if (fields.size !== node.entries.length) return undefined;
  const type = fields.get("dtype");
  const shape = readNumbers(fields.get("shape"));
  const offsets = readNumbers(fields.get("data_offsets"));
  if (type?.kind !== "text" || !Object.hasOwn(TYPE_BITS, type.text) || !shape || offsets?.length !== 2)
    return undefined;
  let elements = 1n;
  for (const dimension of shape) {
    elements *= dimension;
    if (elements >= LIMIT) return undefined;
  }
  const bits = elements * TYPE_BITS[type.text]!;
  const [begin, end] = [offsets[0]!, offsets[1]!];
  const isFitting = bits < LIMIT && bits % 8n === 0n && end >= begin && end - begin === bits / 8n;
  return isFitting ? { begin, end } : undefined;
}

function readNumbers(node: Node | undefined): bigint[] | undefined {
  if (node?.kind !== "array") return undefined;
  const numbers: bigint[] = [];
  for (const item of node.items) {
    if (item.kind !== "word" || !/^\d+$/.test(item.word) || BigInt(item.word) >= LIMIT) return undefined;
    numbers.push(BigInt(item.word));
  }
  return numbers;
}

/** @param text JSON that `JSON.parse` takes, so that tokens may be trusted to be in order */
function buildTree(text: string): Node {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs) ?? [];
  let at = 0;
  const readText = (): string => {
    const value = JSON.parse(tokens[at++]!) as string;
    if (!value.isWellFormed()) throw new Error("half a surrogate pair");
    return value;
  };
  const build = (depth: number): Node => {
    const token = tokens[at]!;
    if (depth > 127 && (token === "{" || token === "[")) throw new Error("too deep");
    if (token === "{") {
      const entries: [string, Node][] = [];
      at++;
      while (tokens[at] !== "}") {
        if (tokens[at] === ",") at++;
        const key = readText();
        at++;
        entries.push([key, build(depth + 1)]);
      }
      at++;
      return { kind: "object", entries };
    }
    if (token === "[") {
      const items: Node[] = [];
      at++;
      while (tokens[at] !== "]") {
        if (tokens[at] === ",") at++;
        items.push(build(depth + 1));
      }
      at++;
      return { kind: "array", items };
    }
    if (token.startsWith('"')) return { kind: "text", text: readText() };
    at++;
    if (/^[-\d]/.test(token) && !Number.isFinite(Number(token))) throw new Error("a number out of range");
    return { kind: "word", word: token };
  };
  return build(1);
}
