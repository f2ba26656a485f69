import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "better-sqlite3";
import path from "node:path";
import type { Draft } from "../../../src-main/contract/drafts.ts";
import { INITIAL_SETTINGS } from "../../../src-main/contract/settings.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const draft: Draft = {
  text: "<character_1><n>aoi</n>\n <oops",
  negative: "lowres",
  dialect: "webapp",
  settings: { seed: 7, count: 2, size: { width: 832, height: 1216 }, sampling: { guidance: 4.5 }, loras: [] },
};
const readme = "<character_1>\n<n>aoi</n>\n<gender>1girl</gender>\n</character_1>";

test("the draft in the editor is there after a restart, whatever it says, and keeps its id", async () => {
  await using stand = new StudioStand();
  assert.deepEqual(await stand.client.currentDraft({}), {});
  const first = await stand.client.saveCurrentDraft({ draft });
  const second = await stand.client.saveCurrentDraft({ draft: { ...draft, text: "\ud800 & <<< 二人" } });
  assert.equal(second.id, first.id);
  await stand.restart();
  const { draft: found } = await stand.client.currentDraft({});
  assert.deepEqual(found, { ...draft, text: "\ufffd & <<< 二人", id: first.id, savedAt: second.savedAt });
  const large = "字".repeat(400_000);
  await assert.rejects(stand.client.saveCurrentDraft({ draft: { ...draft, text: large } }), {
    code: "prompt.too-large",
  });
  assert.equal((await stand.client.currentDraft({})).draft?.text, "\ufffd & <<< 二人");
});

test("drafts are kept, newest first, and removed; the one in the editor stays where it is", async () => {
  await using stand = new StudioStand();
  await assert.rejects(stand.client.keepDraft({}), { code: "draft.not-found" });
  await stand.client.saveCurrentDraft({ draft });
  const one = await stand.client.keepDraft({});
  await stand.client.saveCurrentDraft({ draft: { ...draft, text: "two" } });
  const two = await stand.client.keepDraft({});
  const { drafts } = await stand.client.drafts({});
  assert.deepEqual(drafts, [two, one]);
  assert.equal((await stand.client.currentDraft({})).draft?.text, "two");
  for (let times = 0; times < 2; times++) assert.deepEqual(await stand.client.removeDraft({ id: one.id }), {});
  assert.deepEqual((await stand.client.drafts({})).drafts, [two]);
});

test("a character is saved under its name, replaced under it, and listed by name", async () => {
  await using stand = new StudioStand();
  const aoi = await stand.client.saveCharacter({ name: " aoi ", xml: readme });
  assert.deepEqual([aoi.name, aoi.xml], ["aoi", readme]);
  await stand.client.saveCharacter({ name: "Akane", xml: `\n${readme}\n` });
  const changed = readme.replace("1girl", "1boy");
  const again = await stand.client.saveCharacter({ name: "aoi", xml: changed });
  assert.deepEqual([again.id, again.xml], [aoi.id, changed]);
  await stand.restart();
  const { characters } = await stand.client.characters({});
  assert.deepEqual(
    characters.map(({ name }) => name),
    ["Akane", "aoi"],
  );
  assert.equal(characters[1]?.xml, changed);
  await stand.client.removeCharacter({ id: aoi.id });
  assert.equal((await stand.client.characters({})).characters.length, 1);
});

test("what is not one character is not saved as one", async () => {
  await using stand = new StudioStand();
  for (const xml of [
    "1girl, solo",
    "",
    "<character_1><n>a",
    readme.replaceAll("character_1", "character_2"),
    `${readme}\n${readme.replaceAll("character_1", "character_2")}`,
    `${readme}\n<caption>two</caption>`,
    `<image>${readme}</image>`,
    `solo, ${readme}`,
    "<general_tags><count>1girl</count></general_tags>",
  ])
    await assert.rejects(stand.client.saveCharacter({ name: "a", xml }), { code: "prompt.malformed" }, xml);
  assert.deepEqual(await stand.client.characters({}), { characters: [] });
});

test("settings begin as they are meant to, change one by one, are told, and stay", async () => {
  await using stand = new StudioStand();
  assert.deepEqual(await stand.client.settings({}), INITIAL_SETTINGS);
  await stand.client.changeSettings({ changes: { zoom: 1.5, model: "newbie" } });
  const changed = await stand.client.changeSettings({ changes: { language: "zh-CN" } });
  assert.deepEqual(changed, { ...INITIAL_SETTINGS, zoom: 1.5, model: "newbie", language: "zh-CN" });
  assert.deepEqual(stand.events.filter(({ name }) => name === "settings").at(-1)?.payload, changed);
  for (const changes of [{ zoom: 0.4 }, { zoom: NaN }, { theme: "blue" }, { other: 1 }, { zoom: 2, language: "xx" }])
    await assert.rejects(stand.client.changeSettings({ changes: changes as object }), { code: "wire.invalid" });
  await stand.restart();
  assert.deepEqual(await stand.client.settings({}), changed);
  const unset = { model: undefined } as unknown as object;
  assert.equal("model" in (await stand.client.changeSettings({ changes: unset })), false);
});

test("settings that this version does not know leave the others as they are", async () => {
  await using stand = new StudioStand();
  await stand.client.changeSettings({ changes: { zoom: 2 } });
  await stand.restart("rest", () => {
    const database = new Database(path.join(stand.library, "library.db"));
    database.prepare("INSERT INTO settings (name, value) VALUES ('theme', '\"sepia\"'), ('future', '[1]')").run();
    database.close();
  });
  assert.deepEqual(await stand.client.settings({}), { ...INITIAL_SETTINGS, zoom: 2 });
});
