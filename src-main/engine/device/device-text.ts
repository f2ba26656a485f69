/** @file Text encoders that are in device memory only while they are needed. */

import type { TextEncoding } from "../roles.ts";
import type { Residents } from "./resident.ts";

/** @param open loads the encoders */
export function residentText(residents: Residents, open: () => Promise<TextEncoding>): TextEncoding {
  const loaded = residents.add("text", open);
  return {
    // Whichever encoders they are: they take room on the device that a stored text spares.
    isSlow: true,
    encode: async (input) => (await loaded.get()).encode(input),
    release: () => loaded.drop(),
  };
}
