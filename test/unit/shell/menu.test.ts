import assert from "node:assert/strict";
import { test } from "node:test";
import type { MenuItemConstructorOptions } from "electron/main";
import { LANGUAGES } from "../../../src-main/contract/settings.ts";
import { MENU_LABELS, chooseLanguage } from "../../../src-main/shell/menu-labels.ts";
import { contextTemplate, menuTemplate } from "../../../src-main/shell/menu.ts";

const PLATFORMS = ["linux", "win32", "darwin"] as const;
const labels = MENU_LABELS.en;
const zooms: unknown[] = [];
const zoom = (steps: unknown): void => void zooms.push(steps);

function items(template: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? items(item.submenu) : [])]);
}

function menu(platform: NodeJS.Platform, isDevelopment = false): MenuItemConstructorOptions[] {
  return items(menuTemplate({ labels, platform, isDevelopment, showLibrary: () => undefined, zoom }));
}

test("the usual entries are there on every platform", () => {
  const usual = ["undo", "redo", "cut", "copy", "paste", "selectAll"];
  for (const platform of PLATFORMS) {
    const roles = menu(platform).map(({ role }) => role as string);
    for (const role of [...usual, "togglefullscreen", "minimize", "close", "quit", "about"])
      assert.ok(roles.includes(role), `${platform}: ${role}`);
  }
  assert.equal(menu("darwin")[0]?.role, "appMenu");
  assert.ok(menu("darwin").some(({ role }) => role === "hideOthers"));
});

test("developer tools and reloading are for development only", () => {
  for (const platform of PLATFORMS) {
    const roles = (isDevelopment: boolean): unknown[] => menu(platform, isDevelopment).map(({ role }) => role);
    assert.ok(roles(true).includes("toggleDevTools") && roles(true).includes("reload"));
    assert.ok(!roles(false).includes("toggleDevTools") && !roles(false).includes("reload"));
  }
});

test("the interface is made larger and smaller by its own setting, never by the browser's zoom", () => {
  for (const platform of PLATFORMS) {
    zooms.length = 0;
    const all = menu(platform);
    assert.ok(!all.some(({ role }) => /zoom(in|out)|resetzoom/i.test(role ?? "")));
    for (const id of ["zoom-in", "zoom-out", "zoom-reset"])
      (all.find((item) => item.id === id)?.click as (() => void) | undefined)?.();
    assert.deepEqual(zooms, [1, -1, "reset"]);
  }
});

test("every entry has a word, in every language, and no shortcut is given twice", () => {
  for (const language of LANGUAGES)
    for (const [name, word] of Object.entries<string>({ ...MENU_LABELS[language] }))
      assert.ok(word.trim() !== "", `${language} ${name}`);
  for (const platform of PLATFORMS) {
    const all = menu(platform);
    for (const item of all) assert.ok(item.type === "separator" || item.role === "appMenu" || item.label !== undefined);
    const shortcuts = all.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]));
    assert.equal(new Set(shortcuts).size, shortcuts.length);
  }
});

test("a right click offers editing where text can be edited, copying where it is selected, and nothing elsewhere", () => {
  const roles = (...args: [boolean, boolean]): unknown[] => contextTemplate(labels, ...args).map(({ role }) => role);
  assert.ok(roles(true, false).includes("paste"));
  assert.deepEqual(roles(false, true), ["copy"]);
  assert.deepEqual(roles(false, false), []);
});

test("the system's languages choose one of ours", () => {
  assert.equal(chooseLanguage("system", ["ja-JP", "en-US"]), "ja");
  assert.equal(chooseLanguage("system", ["de-DE", "zh-Hans-CN"]), "zh-CN");
  assert.equal(chooseLanguage("system", ["zh_TW"]), "zh-CN");
  assert.equal(chooseLanguage("system", ["de"]), "en");
  assert.equal(chooseLanguage("system", []), "en");
  assert.equal(chooseLanguage("en", ["ja"]), "en");
});
