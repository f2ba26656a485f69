/** @file What stands in the editor when Tachie is opened for the first time: a prompt that can be generated at once. */

const EXAMPLE = import.meta.glob<string>("../../assets/examples/duet.xml", { query: "?raw", import: "default" });

/** The example duet, as the readme dialect writes it. */
export async function firstPrompt(): Promise<string> {
  const [load] = Object.values(EXAMPLE);
  return load === undefined ? "" : load();
}
