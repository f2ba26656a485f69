/**
 * @file Texts between an envelope's quotes: written and read in JSON's form and in the template's, and where each of
 * their characters stands in what is written.
 */

export function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** In the template's form only a quote needs a mark, and so do backslashes that stand before one or at the end. */
export function templateEscaped(text: string): string {
  let result = "";
  let kept = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    result += text.slice(kept, at) + "\\".repeat(backslashesBefore(text, at) + 1);
    kept = at;
  }
  const rest = text.slice(kept);
  return result + rest + "\\".repeat(backslashesBefore(rest, rest.length));
}

/** How many backslashes stand directly before an offset. */
export function backslashesBefore(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && text.charCodeAt(start - 1) === 0x5c) start--;
  return offset - start;
}

export function jsonUnescaped(written: string): string | undefined {
  try {
    const text: unknown = JSON.parse(`"${written}"`);
    return typeof text === "string" ? text : undefined;
  } catch {
    // No JSON text: the caller then tries the template's form.
    return undefined;
  }
}

/** `\"` means a quote; backslashes in a row before one (or before the end) stand for half as many. */
export function templateUnescaped(written: string): string {
  let text = "";
  let kept = 0;
  for (let at = written.indexOf('"'); at !== -1; at = written.indexOf('"', at + 1)) {
    const count = backslashesBefore(written, at);
    text += written.slice(kept, at - count) + "\\".repeat(count >> 1);
    kept = at;
  }
  const rest = written.slice(kept);
  const count = backslashesBefore(rest, rest.length);
  return text + rest.slice(0, rest.length - count) + "\\".repeat(count >> 1);
}

/** For every offset of the text that `written` says, and for its end, the offset in `written`. */
export function offsetsOf(written: string, isJson: boolean): Uint32Array {
  const offsets: number[] = [];
  let at = 0;
  while (at < written.length) {
    offsets.push(at);
    if (written[at] !== "\\") at++;
    else if (isJson) at += written[at + 1] === "u" ? 6 : 2;
    else {
      let end = at;
      while (written[end] === "\\") end++;
      const isBeforeQuote = end === written.length || written[end] === '"';
      const step = isBeforeQuote ? 2 : 1;
      // Every backslash of the run is placed here, so that a long run is passed over once.
      offsets.pop();
      for (; at + step <= end; at += step) offsets.push(at);
      if (at < end) {
        offsets.push(at);
        at = end + 1;
      }
    }
  }
  offsets.push(at);
  return Uint32Array.from(offsets);
}
