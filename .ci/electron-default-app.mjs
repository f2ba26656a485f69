// Starts the application in the folder that is the first argument after Electron's own switches, as the part of this name
// in Electron's own distribution does: see electron.sh.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { app } from "electron/main";

const folder = process.argv.slice(1).find((word) => !word.startsWith("-"));
if (folder === undefined) throw new Error("the first argument must be the folder of an application");
const root = path.resolve(folder);
const { name, version, main } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
process.defaultApp = true;
app.setName(name);
if (version !== undefined) app.setVersion(version);
app.setAppPath(root);
await import(pathToFileURL(path.join(root, main)).href);
