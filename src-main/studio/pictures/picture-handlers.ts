/** @file The methods that show what the library holds, and what a PNG from elsewhere tells. */

import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import type { Library } from "../library/library.ts";
import type { Field } from "../params.ts";
import { anId, optional, requireParams, text, wholeNumber } from "../params.ts";
import { readPng } from "../png/read-png.ts";
import { pagesOfCharacter } from "./character-uses.ts";
import type { PictureFiles } from "./picture-files.ts";
import type { Thumbnails } from "./thumbnails.ts";

const MAX_PAGE = 500;
/** UTF-16 units. */
const MAX_NAME_LENGTH = 200;
/** Bytes of a PNG that is dropped into the window; a picture of 64 megapixels has about 100 MB. */
const MAX_PNG_BYTES = 256 << 20;

const somePng: Field = {
  check: (value) => value instanceof Uint8Array && value.length <= MAX_PNG_BYTES,
  wanted: `at most ${MAX_PNG_BYTES >> 20} MiB of bytes`,
};

type PictureMethod = "pictures" | "picturesOfCharacter" | "picture" | "imageFile" | "thumbnailFile" | "readPng";

export function pictureHandlers(
  library: Library,
  files: PictureFiles,
  thumbnails: Thumbnails,
): Pick<Handlers<StudioService>, PictureMethod> {
  return {
    pictures(params) {
      const fields = { before: optional(anId), limit: wholeNumber(1, MAX_PAGE) };
      return library.page(requireParams("pictures", params, fields));
    },
    picturesOfCharacter(params) {
      const fields = { name: text(MAX_NAME_LENGTH), before: optional(anId), limit: wholeNumber(1, MAX_PAGE) };
      return pagesOfCharacter(library, requireParams("picturesOfCharacter", params, fields));
    },
    picture: (params) => library.find(requireParams("picture", params, { id: anId }).id),
    imageFile(params) {
      const file = files.find(requireParams("imageFile", params, { id: anId }).id);
      return file === undefined ? {} : { file };
    },
    async thumbnailFile(params) {
      const thumbnail = await thumbnails.get(requireParams("thumbnailFile", params, { id: anId }).id);
      return thumbnail?.file === undefined ? {} : { file: thumbnail.file };
    },
    readPng(params) {
      const { bytes } = requireParams("readPng", params, { bytes: somePng });
      return readPng(bytes, (id) => files.find(id));
    },
  };
}
