/**
 * @file A kernel that reads where no memory is, in a process of its own since the GPU is lost to it afterwards. Prints the
 * codes of the errors that follow, as JSON.
 */

import { toErrorData } from "../../src-main/contract/errors.ts";
import { openDriver, openGpu } from "./open-gpu.ts";

const driver = openDriver();
if (typeof driver === "string") throw new Error(driver);
const { kernels, memory } = openGpu(driver);

function codeOf(action: () => void): string {
  try {
    action();
    return "none";
  } catch (error) {
    return toErrorData(error).code;
  }
}

kernels.launcher.launch("addParts", { blocks: 1, threads: 256 }, [4096n, 4096n], memory.stream);
console.log(JSON.stringify([() => memory.synchronise(), () => void memory.allocate(1024)].map(codeOf)));
