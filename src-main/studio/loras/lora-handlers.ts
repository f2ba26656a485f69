/** @file The methods of adapters. */

import { TachieError } from "../../contract/errors.ts";
import type { LoraShelf } from "../../contract/loras.ts";
import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import { givenPath } from "../files/given-path.ts";
import type { InUse } from "../in-use.ts";
import { requireParams, wholeNumber } from "../params.ts";
import type { Field } from "../params.ts";
import { isPath } from "../request-check.ts";
import type { Loras } from "./lora-shelf.ts";
import { isLoraFileName, receiveLora } from "./receive-lora.ts";

const MAX_PIECE_BYTES = 8 << 20;
/** Beyond any adapter. */
const MAX_FILE_BYTES = 2 ** 36;
const aPath: Field = { check: isPath, wanted: "a path" };
const aFileName: Field = { check: isLoraFileName, wanted: "the name of a .safetensors file" };
const aPiece: Field = {
  check: (value) => value instanceof Uint8Array && value.length > 0 && value.length <= MAX_PIECE_BYTES,
  wanted: "1 byte to 8 MiB",
};

export function loraHandlers(
  loras: Loras,
  inUse: InUse,
  onChange: (shelf: LoraShelf) => void,
): Pick<Handlers<StudioService>, "loras" | "addLora" | "sendLora" | "removeLora"> {
  return {
    loras(params) {
      requireParams("loras", params, {});
      return loras.shelf();
    },
    addLora(params) {
      const { file } = requireParams("addLora", params, { file: aPath });
      const lora = loras.add(givenPath(file));
      onChange(loras.shelf());
      return lora;
    },
    async sendLora(params) {
      const length = wholeNumber(0, MAX_FILE_BYTES);
      const fields = { name: aFileName, totalBytes: length, position: length, bytes: aPiece };
      const piece = requireParams("sendLora", params, fields);
      if (piece.position + piece.bytes.length > piece.totalBytes)
        throw new TachieError("wire.invalid", "sendLora: bytes reach beyond the file", { where: "sendLora: bytes" });
      const { receivedBytes, file } = await receiveLora(loras.folder, piece);
      if (file === undefined) return { receivedBytes };
      onChange(loras.shelf());
      return { receivedBytes, lora: loras.describe(file) };
    },
    removeLora(params) {
      const { file } = requireParams("removeLora", params, { file: aPath });
      if (inUse.has(file)) throw new TachieError("model.in-use", `${file} is in use`, { where: file });
      const shelf = loras.remove(file);
      onChange(shelf);
      return shelf;
    },
  };
}
