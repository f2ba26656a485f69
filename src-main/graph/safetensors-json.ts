/**
 * @file A strict JSON cursor over the bytes of a safetensors header.
 *
 * `JSON.parse` cannot be used: it keeps the last of two equal keys silently, turns `1e3` and `1.0` into whole numbers,
 * rounds above 2^53 and lets lone surrogates pass. This reader walks the bytes once, without building a tree, so that a
 * hostile header costs no more memory than the tensors it names. It knows JSON only, not what a header means.
 */

/** Thrown by the cursor; the header reader adds the file's name. `at` is the byte position in the header. */
export class HeaderSyntaxError extends Error {
  readonly kind: "header-json" | "header-nesting" | "number";
  readonly at: number;

  constructor(kind: "header-json" | "header-nesting" | "number", message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}

/** Objects and arrays inside each other; no header of the format nests deeper than three. */
const MAX_DEPTH = 127;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

export class JsonCursor {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the next backslash is, so that texts without one need not be walked byte by byte; -1 when not yet looked for. */
  #nextBackslash = -1;

  /** @param bytes valid UTF-8 */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Byte position of the cursor. */
  get at(): number {
    return this.#at;
  }

  /** Walks `{ key: value, … }`; `onKey` must consume the value. */
  readObject(onKey: (key: string) => void): void {
    this.#expect("{");
    if (this.#tryTake("}")) return;
    do {
      this.skipSpace();
      const key = this.readString();
      this.#expect(":");
      onKey(key);
    } while (this.#tryTake(","));
    this.#expect("}");
  }

  /** Walks `[ value, … ]`; `onItem` must consume the value. */
  readArray(onItem: () => void): void {
    this.#expect("[");
    if (this.#tryTake("]")) return;
    do onItem();
    while (this.#tryTake(","));
    this.#expect("]");
  }

  readString(): string {
    this.skipSpace();
    if (this.#bytes[this.#at] !== QUOTE) this.#fail("a text in quotes was expected");
    const start = this.#at + 1;
    const end = this.#bytes.indexOf(QUOTE, start);
    if (this.#nextBackslash < start) this.#nextBackslash = this.#findBackslash(start);
    if (end < 0 || end > this.#nextBackslash) return this.#readEscapedString(start);
    const text = this.#bytes.toString("utf8", start, end);
    if (hasControlCharacter(text)) return this.#readEscapedString(start);
    this.#at = end + 1;
    return text;
  }

  /** A whole number from 0 to 2^53 - 1, written as digits only: `1.0`, `1e3`, `-0` and `01` are refused. */
  readWholeNumber(): number {
    this.skipSpace();
    const start = this.#at;
    let value = 0;
    let byte = this.#bytes[this.#at];
    while (byte !== undefined && byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      if (value > Number.MAX_SAFE_INTEGER) this.#fail("a number is 2^53 or more", "number", start);
      byte = this.#bytes[++this.#at];
    }
    const isLeadingZero = this.#bytes[start] === 0x30 && this.#at > start + 1;
    const isContinued = byte === 0x2e || byte === 0x65 || byte === 0x45;
    if (this.#at === start || isLeadingZero || isContinued)
      this.#fail("a whole number from 0 up was expected", "number", start);
    return value;
  }

  /**
   * Passes over any value, checking its grammar.
   * @param depth objects and arrays around the value, plus one
   */
  skipValue(depth: number): void {
    const kind = this.peek();
    const isContainer = kind === "object" || kind === "array";
    if (isContainer && depth > MAX_DEPTH) this.#fail(`values are nested more than ${MAX_DEPTH} deep`, "header-nesting");
    const skipInner = (): void => {
      this.skipValue(depth + 1);
    };
    if (kind === "object") this.readObject(skipInner);
    else if (kind === "array") this.readArray(skipInner);
    else if (kind === "text") this.readString();
    else this.#skipLiteral();
  }

  /** The kind of the next value, without moving past it. */
  peek(): "object" | "array" | "text" | "null" | "other" | "end" {
    this.skipSpace();
    const byte = this.#bytes[this.#at];
    if (byte === undefined) return "end";
    if (byte === 0x7b) return "object";
    if (byte === 0x5b) return "array";
    if (byte === QUOTE) return "text";
    return this.#bytes.toString("latin1", this.#at, this.#at + 4) === "null" ? "null" : "other";
  }

  skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  /** @throws HeaderSyntaxError when anything but white space is left. */
  expectEnd(): void {
    this.skipSpace();
    if (this.#at < this.#bytes.length) this.#fail("something follows the closing brace");
  }

  #findBackslash(from: number): number {
    const at = this.#bytes.indexOf(BACKSLASH, from);
    return at < 0 ? Infinity : at;
  }

  /** Walks a text byte by byte, which also finds what is wrong with it. */
  #readEscapedString(start: number): string {
    this.#at = start;
    let text = "";
    let plainFrom = start;
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === QUOTE) return text + this.#bytes.toString("utf8", plainFrom, this.#at++);
      if (byte === BACKSLASH) {
        text += this.#bytes.toString("utf8", plainFrom, this.#at);
        text += this.#readEscape();
        plainFrom = this.#at;
      } else {
        this.#checkPlain(byte);
        this.#at++;
      }
    }
  }

  /** The cursor stands on a backslash. A pair of surrogates is read as one character; half a pair is refused. */
  #readEscape(): string {
    const letter = String.fromCharCode(this.#bytes[this.#at + 1] ?? 0);
    if (letter === "u") {
      const first = this.#readUnicodeEscape();
      if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
      const isPair = first < 0xdc00 && this.#bytes.toString("latin1", this.#at, this.#at + 2) === "\\u";
      const second = isPair ? this.#readUnicodeEscape() : 0;
      if (second < 0xdc00 || second > 0xdfff) this.#fail("half of a surrogate pair");
      return String.fromCharCode(first, second);
    }
    const escaped = ESCAPES[letter];
    if (escaped === undefined) return this.#fail("an unknown escape in a text");
    this.#at += 2;
    return escaped;
  }

  #readUnicodeEscape(): number {
    const digits = this.#bytes.toString("latin1", this.#at + 2, this.#at + 6);
    if (!/^[0-9a-f]{4}$/i.test(digits)) this.#fail("\\u needs four hexadecimal digits");
    this.#at += 6;
    return Number.parseInt(digits, 16);
  }

  #checkPlain(byte: number | undefined): void {
    if (byte === undefined) this.#fail("the header ends inside a text");
    else if (byte < 0x20) this.#fail("an unescaped control character in a text");
  }

  #skipLiteral(): void {
    const start = this.#at;
    while (/[-+.0-9A-Za-z]/.test(String.fromCharCode(this.#bytes[this.#at] ?? 0))) this.#at++;
    const word = this.#bytes.toString("latin1", start, this.#at);
    const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(word) && Number.isFinite(Number(word));
    if (!isNumber && word !== "true" && word !== "false" && word !== "null")
      this.#fail("a value was expected", "header-json", start);
  }

  #expect(character: string): void {
    if (!this.#tryTake(character)) this.#fail(`\`${character}\` was expected`);
  }

  #tryTake(character: string): boolean {
    this.skipSpace();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #fail(message: string, kind: HeaderSyntaxError["kind"] = "header-json", at = this.#at): never {
    throw new HeaderSyntaxError(kind, message, at);
  }
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}
