/**
 * @file Where in a text its tokens begin, found by spelling the tokens out. Tokenizers write a token as the text itself, with
 * a sign for the space, as the name of one byte (`<0xE3>`), or with a character for every byte (byte-level). Which of these
 * a token is, the text tells.
 */

const SPACE_SIGN = "\u2581";
const BYTE_NAME = /^<0x([0-9A-F]{2})>$/;

/**
 * The place of each token's first character, UTF-16 units, ascending; of a token that begins inside a character, that
 * character's own. Undefined where the tokens do not spell the text.
 */
export function tokenStarts(tokens: readonly string[], text: string): readonly number[] | undefined {
  // A lone surrogate has no bytes of its own.
  const bytes = Buffer.from(text.toWellFormed());
  const byteStarts: number[] = [];
  let position = 0;
  for (const token of tokens) {
    const length = spelledLength(token, bytes, position);
    if (length === undefined) return undefined;
    byteStarts.push(position);
    position += length;
  }
  return position === bytes.length ? toUnits(byteStarts, bytes) : undefined;
}

/** Bytes of the token where it is what stands at the position; undefined where it is not. */
function spelledLength(token: string, bytes: Buffer, position: number): number | undefined {
  const byte = BYTE_NAME.exec(token)?.[1];
  const spellings = [
    () => Buffer.from(token),
    () => Buffer.from(token.replaceAll(SPACE_SIGN, " ")),
    () => (byte === undefined ? undefined : Buffer.from(byte, "hex")),
    () => byteLevelBytes(token),
  ];
  for (const spell of spellings) {
    const spelled = spell();
    if (spelled === undefined || spelled.length === 0) continue;
    if (bytes.subarray(position, position + spelled.length).equals(spelled)) return spelled.length;
  }
  return undefined;
}

function toUnits(byteStarts: readonly number[], bytes: Buffer): number[] {
  let [unit, byte, index] = [0, 0, 0];
  const starts: number[] = [];
  while (index < byteStarts.length) {
    const lead = bytes[byte] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (; index < byteStarts.length && (byteStarts[index] ?? 0) < byte + length; index++) starts.push(unit);
    byte += length;
    unit += length === 4 ? 2 : 1;
  }
  return starts;
}

const BYTE_OF_CHARACTER = new Map<string, number>();
{
  // Printable bytes stand for themselves, the others for the characters from U+0100 on, in order.
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    BYTE_OF_CHARACTER.set(String.fromCodePoint(isPrintable ? byte : next++), byte);
  }
}

function byteLevelBytes(token: string): Buffer | undefined {
  const bytes = Array.from(token, (character) => BYTE_OF_CHARACTER.get(character));
  return bytes.every((byte) => byte !== undefined) ? Buffer.from(bytes) : undefined;
}
