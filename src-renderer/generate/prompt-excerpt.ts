/** @file A prompt in a few words, to tell it from others in a list. */

const LONGEST = 80;

/** The text between the tags; for a cast in XML that begins with the first character's name. */
export function promptExcerpt(prompt: string): string {
  const words = prompt
    .replace(/<[^>]*>/g, " · ")
    .replace(/\s+/g, " ")
    .replace(/( ·)+ /g, " · ")
    .replace(/^[ ·]+|[ ·]+$/g, "");
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}
