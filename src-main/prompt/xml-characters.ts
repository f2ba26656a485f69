/** @file Which characters XML 1.0 (fifth edition) allows in a document and in names, and what counts as a space here. */

const NAME_START_RANGES: readonly (readonly [number, number])[] = [
  [0x3a, 0x3a], // :
  [0x41, 0x5a], // A to Z
  [0x5f, 0x5f], // _
  [0x61, 0x7a], // a to z
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
];

function isAmong(code: number, ranges: readonly (readonly [number, number])[]): boolean {
  for (const [first, last] of ranges) if (code >= first && code <= last) return true;
  return false;
}

export function isNameStart(code: number): boolean {
  return isAmong(code, NAME_START_RANGES);
}

export function isNameCharacter(code: number): boolean {
  if (code === 0x2d || code === 0x2e || (code >= 0x30 && code <= 0x39) || code === 0xb7) return true;
  return isNameStart(code) || (code >= 0x300 && code <= 0x36f) || code === 0x203f || code === 0x2040;
}

export function isName(text: string): boolean {
  return text !== "" && endOfName(text, 0, text.length) === text.length;
}

/** Where the name that begins at `start` ends; `start` itself where none begins. */
export function endOfName(text: string, start: number, limit: number): number {
  let offset = start;
  while (offset < limit) {
    const unit = text.charCodeAt(offset);
    // Nearly every name is made of these.
    if ((unit >= 0x61 && unit <= 0x7a) || unit === 0x5f || (offset > start && unit >= 0x30 && unit <= 0x39)) {
      offset++;
      continue;
    }
    if (unit === 0x3e || unit === 0x20) break;
    const code = text.codePointAt(offset) ?? 0;
    if (!(offset === start ? isNameStart(code) : isNameCharacter(code))) break;
    offset += code > 0xffff ? 2 : 1;
  }
  return Math.min(offset, limit);
}

/** Whether a code point may stand in an XML document at all. */
export function isDocumentCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}

/**
 * XML knows four spaces. Inside tags we also pass over the ideographic and the no-break space, which input methods and
 * web pages put there; such a tag is repaired when it is written.
 */
export function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x9 || unit === 0xa || unit === 0xd;
}

export function isForeignSpace(unit: number): boolean {
  return unit === 0x3000 || unit === 0xa0;
}

/** The offset of the first unit from `start` on that is no space (foreign ones included), at most `limit`. */
export function skipSpaces(text: string, start: number, limit: number): number {
  let offset = start;
  while (offset < limit) {
    const unit = text.charCodeAt(offset);
    if (!isSpace(unit) && !isForeignSpace(unit)) break;
    offset++;
  }
  return offset;
}

export function isBlank(text: string): boolean {
  for (let offset = 0; offset < text.length; offset++) if (!isSpace(text.charCodeAt(offset))) return false;
  return true;
}

/** Characters that no XML document may hold, replaced by U+FFFD; the same string where there are none. */
export function withoutForbidden(text: string): string {
  let result = "";
  let kept = 0;
  for (let offset = 0; offset < text.length;) {
    const code = text.codePointAt(offset) ?? 0;
    const next = offset + (code > 0xffff ? 2 : 1);
    if (!isDocumentCharacter(code)) {
      result += text.slice(kept, offset) + "\ufffd";
      kept = next;
    }
    offset = next;
  }
  return kept === 0 ? text : result + text.slice(kept);
}
