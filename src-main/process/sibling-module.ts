/**
 * @file Where a program of ours lies that is started by its path rather than imported: beside the module that starts it.
 *
 * From the sources a program is `worker.ts`, from the build `worker.js`; whoever starts one is of the same kind.
 */

/**
 * The address of a module beside the calling one.
 * @param from the caller's `import.meta.url`
 * @param module relative path without extension, such as `./worker` or `../engine/main`
 */
export function siblingModule(from: string, module: string): URL {
  const extension = new URL(from).pathname.endsWith(".ts") ? ".ts" : ".js";
  return new URL(module + extension, from);
}
