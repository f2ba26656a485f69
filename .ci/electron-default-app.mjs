// Starts the application that is the first argument after Electron's own switches, a folder or a module, as the part of this
// name in Electron's own distribution does: see electron.sh. `-r FILE` loads a CommonJS module before that.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { app } from "electron/main";

const words = process.argv.slice(1);
const preloaded = [];
for (let at = words.indexOf("-r"); at !== -1; at = words.indexOf("-r")) preloaded.push(words.splice(at, 2)[1]);
const word = words.find((candidate) => !candidate.startsWith("-"));
if (word === undefined) throw new Error("the first argument must be an application");
process.defaultApp = true;
for (const file of preloaded) createRequire(import.meta.url)(path.resolve(file));
let program = path.resolve(word);
if (statSync(program).isDirectory()) {
  app.setAppPath(program);
  const { name, version, main } = JSON.parse(readFileSync(path.join(program, "package.json"), "utf8"));
  app.setName(name);
  if (version !== undefined) app.setVersion(version);
  program = path.join(program, main);
}
await import(pathToFileURL(program).href);
