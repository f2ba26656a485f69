/** @file `tachie prompt check` and `tachie prompt convert` as scripts use them. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { addPromptCommands } from "../../../src-main/cli/prompt-command.ts";
import { isTachieError } from "../../../src-main/contract/errors.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "tachie-prompt-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs the commands in a process of their own, whose output and exit code can be looked at. */
function run(words: readonly string[], input = ""): { stdout: string; stderr: string; status: number | null } {
  const script = `
    import { Command } from "commander";
    import { addPromptCommands } from "./src-main/cli/prompt-command.ts";
    const program = new Command("tachie");
    addPromptCommands(program);
    await program.parseAsync(process.argv.slice(1), { from: "user" });`;
  const words_ = ["--input-type=module", "-e", script, "--", ...words];
  return spawnSync(process.execPath, words_, { cwd: root, input, encoding: "utf8" });
}

function file(name: string, text: string): string {
  const target = path.join(folder, name);
  writeFileSync(target, text);
  return target;
}

const BROKEN = "<character 1>\n<appearance>blue_hair >_<</appearance>\n</character_2>\n";

test("check --json: one object, exit 1 on errors", () => {
  const { stdout, status } = run(["prompt", "check", file("broken.xml", BROKEN), "--json"]);
  assert.equal(status, 1);
  const result = JSON.parse(stdout) as { dialect: string; characters: number; diagnostics: Record<string, unknown>[] };
  assert.deepEqual(Object.keys(result), ["dialect", "characters", "diagnostics"]);
  assert.deepEqual([result.dialect, result.characters], ["readme", 1]);
  assert.deepEqual(
    result.diagnostics.map(({ code, severity, line, column }) => [code, severity, line, column]),
    [
      ["xml.space-in-tag", "error", 1, 1],
      ["xml.bare-less-than", "error", 2, 25],
      ["xml.closing-number", "error", 3, 1],
    ],
  );
  assert.ok(result.diagnostics.every(({ message, fix }) => typeof message === "string" && fix !== undefined));
});

test("check: a line a finding and a summary, exit 0 without errors", () => {
  const target = file("warned.xml", "<character_1><n>rem_(re:zero)</n></character_1>");
  const { stdout, status } = run(["prompt", "check", target]);
  assert.equal(status, 0);
  const [line, summary] = stdout.trimEnd().split("\n");
  assert.ok(line?.startsWith(`${target}:1:21 warning tag.bare-parenthesis In \`rem_(re:zero)\``));
  assert.equal(summary, `${target}: readme, 1 character: 1 warning`);
  assert.equal(
    run(["prompt", "check", "-", "--json"], "1girl, smile").stdout,
    '{"dialect":"plain","characters":0,"diagnostics":[]}\n',
  );
});

test("check --negative", () => {
  const { stdout } = run(["prompt", "check", "-", "--negative", "bad, smile", "--json"], "1girl, smile");
  assert.match(stdout, /"negative\.positive-tag"/);
});

test("convert: the prompt on standard output, exactly; what was mended on standard error", () => {
  const { stdout, stderr, status } = run(["prompt", "convert", file("broken.xml", BROKEN), "--to", "formatter"]);
  assert.equal(status, 0);
  assert.equal(stdout, "<img>\n<character_1>\n<appearance>blue_hair >_&lt;</appearance>\n</character_1>\n</img>\n");
  assert.match(stderr, /broken\.xml:2:25 error xml\.bare-less-than/);
  const back = run(["prompt", "convert", "-", "--to", "readme"], stdout);
  assert.equal(
    back.stdout,
    BROKEN.replace("<character 1>", "<character_1>").replace("_2", "_1").replace("_<<", "_&lt;<"),
  );
});

test("convert --bare leaves out what is carried in comments", () => {
  const xml = "<character_1><n>a</n><mood/></character_1>";
  assert.match(run(["prompt", "convert", "-", "--to", "plain"], xml).stdout, /^a\n<!-- tachie:structure/);
  const { stdout, stderr } = run(["prompt", "convert", "-", "--to", "plain", "--bare"], xml);
  assert.equal(stdout.trim(), "a");
  assert.match(stderr, /plain\.structure-carried/);
});

test("check: a declaration is a finding like others, with the dialect and the characters of the rest", () => {
  const laughs =
    '<?xml version="1.0"?>\n<!DOCTYPE l [\n<!ENTITY a "x">\n]>\n<img><character_1><n>b</n></character_1></img>';
  const { stdout, status } = run(["prompt", "check", "-", "--json"], laughs);
  assert.equal(status, 1);
  const result = JSON.parse(stdout) as { dialect: string; characters: number; diagnostics: Record<string, unknown>[] };
  assert.deepEqual([result.dialect, result.characters], ["formatter", 1]);
  assert.deepEqual(
    result.diagnostics.map(({ code, line, column }) => [code, line, column]),
    [["xml.declaration", 2, 1]],
  );
  assert.equal(run(["prompt", "convert", "-", "--to", "plain"], laughs).status, 1);
});

test("convert: 256 KiB go to every dialect and back", () => {
  const head = "<character_1>\n<n>a</n>\n</character_1>\n<caption>";
  const text = `${head}${"A girl in the rain. ".repeat(13_200)}</caption>`;
  assert.ok(Buffer.byteLength(text) > 256 * 1024);
  for (const dialect of ["nodes", "comfy", "plain"]) {
    const there = run(["prompt", "convert", "-", "--to", dialect], text).stdout;
    assert.ok(run(["prompt", "convert", "-", "--to", "webapp"], there).stdout === text, dialect);
  }
});

test("convert refuses what it could not read again", async () => {
  const large = file("large.xml", `<caption>${"&lt;a&gt;".repeat(100_000)}</caption>`);
  const program = new Command("tachie").exitOverride();
  addPromptCommands(program);
  await assert.rejects(
    program.parseAsync(["prompt", "convert", large, "--to", "plain"], { from: "user" }),
    (error) => isTachieError(error, "prompt.too-large") && error.message.includes("as plain"),
  );
});

test("an unknown dialect, a missing file, a prompt over the limits: refused, with the place", async () => {
  assert.equal(run(["prompt", "convert", "-", "--to", "latin"], "x").status, 1);
  const program = (): Command => {
    const command = new Command("tachie").exitOverride();
    addPromptCommands(command);
    return command;
  };
  await assert.rejects(
    program().parseAsync(["prompt", "check", path.join(folder, "none")], { from: "user" }),
    (error) => isTachieError(error, "file.not-found"),
  );
  const deep = file("deep.xml", "<a>\n".repeat(40) + "</a>".repeat(40));
  await assert.rejects(
    program().parseAsync(["prompt", "check", deep], { from: "user" }),
    (error) => isTachieError(error, "prompt.too-large") && error.where === `${deep}:33:1`,
  );
});
