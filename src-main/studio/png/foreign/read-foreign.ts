/** @file What a picture of another tool tells, whichever tool it was. Nothing in a picture makes this fail. */

import type { ForeignTool } from "../foreign-tool.ts";
import type { PngText } from "../png-texts.ts";
import { readA1111 } from "./a1111.ts";
import { readComfyUi } from "./comfyui.ts";
import { readFooocus, readInvokeAi, readNovelAi, readStabilityMatrix, readSwarmUi } from "./json-tools.ts";
import { parseObject } from "./loose.ts";
import type { ForeignReading } from "./loose.ts";

export function readForeign(tool: ForeignTool, texts: readonly PngText[]): ForeignReading {
  const text = (keyword: string): string | undefined => texts.find((entry) => entry.keyword === keyword)?.text;
  const json = (keyword: string) => parseObject(text(keyword));
  switch (tool) {
    case "a1111":
      return readA1111(text("parameters") ?? "");
    case "comfyui":
      return readComfyUi(json("prompt"), json("workflow"));
    case "novelai":
      return readNovelAi(json("Comment") ?? {}, text("Description"));
    case "invokeai":
      return readInvokeAi(json("invokeai_metadata"));
    case "swarmui":
      return readSwarmUi(json("parameters") ?? {});
    case "fooocus": {
      const parameters = json("parameters");
      return parameters === undefined ? readA1111(text("parameters") ?? "") : readFooocus(parameters);
    }
    case "stability-matrix": {
      const parameters = text("parameters");
      return parameters === undefined ? readStabilityMatrix(json("parameters-json")) : readA1111(parameters);
    }
  }
}
