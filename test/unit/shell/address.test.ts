import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { isPageAddress, readAddress } from "../../../src-main/shell/address.ts";
import { createAppProtocol } from "../../../src-main/shell/app-protocol.ts";
import { listPageFiles } from "../../../src-main/shell/page-files.ts";
import { rounds, tally } from "../../fixtures/loops.ts";
import { hostileAddresses } from "../../fixtures/hostile-addresses.ts";

const SECRET = "bytes from outside";
const folder = mkdtempSync(path.join(tmpdir(), "tachie-address-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const library = path.join(folder, "library");
const page = path.join(folder, "page");
mkdirSync(path.join(library, "images"), { recursive: true });
mkdirSync(path.join(page, "assets"), { recursive: true });
mkdirSync(path.join(folder, "library-evil"));
for (const file of ["secret.png", "library-evil/secret.png", "secret", "passwd"])
  writeFileSync(path.join(folder, file), SECRET);
writeFileSync(path.join(library, "images", "own.png"), "a picture");
symlinkSync(path.join(folder, "secret.png"), path.join(library, "images", "link.png"));
writeFileSync(path.join(page, "index.html"), "<!doctype html><head></head>");
writeFileSync(path.join(page, "assets", "index-Ab_1.js"), "code");
symlinkSync(path.join(folder, "secret.png"), path.join(page, "assets", "link.png"));

const errors: unknown[] = [];
/** The most careless studio there could be: takes what it is given for a path. */
const answer = createAppProtocol({
  pageFiles: listPageFiles(page),
  libraryFolder: library,
  findPicture: async (_, id) => path.join(library, "images", `${decodeURIComponent(id)}.png`),
  onError: (error) => errors.push(error),
});

test("what the page is made of, and pictures by id", async () => {
  assert.deepEqual(readAddress("tachie://app/"), { kind: "page", file: "index.html" });
  assert.deepEqual(readAddress("tachie://app/?a=1#b"), { kind: "page", file: "index.html" });
  assert.deepEqual(readAddress("tachie://app/assets/index-Ab_1.js"), { kind: "page", file: "assets/index-Ab_1.js" });
  assert.deepEqual(readAddress("tachie://app/image/0f8k2m4x7q"), { kind: "image", id: "0f8k2m4x7q" });
  assert.deepEqual(readAddress("tachie://app/thumbnail/0f8k2m4x7q"), { kind: "thumbnail", id: "0f8k2m4x7q" });
  const picture = await answer({ method: "GET", url: "tachie://app/image/own" });
  assert.equal(picture.status, 200);
  assert.equal(picture.headers.get("content-type"), "image/png");
  assert.equal(await picture.text(), "a picture");
  assert.equal((await answer({ method: "GET", url: "tachie://app/assets/index-Ab_1.js" })).status, 200);
});

const ADDRESSES = rounds({ short: 1000, long: 5000 });
test(`${ADDRESSES} hostile addresses: nothing from outside, no error, no answer that is not a plain refusal`, async (t) => {
  const addresses = hostileAddresses(ADDRESSES, folder);
  assert.equal(addresses.length, ADDRESSES);
  assert.equal(new Set(addresses).size, ADDRESSES);
  let refused = 0;
  for (const url of addresses) {
    const target = readAddress(url);
    if (target.kind === "page") assert.doesNotMatch(target.file, /(^|\/)\.|[\\%\0:]/, url);
    else if (target.kind !== "refused") assert.match(target.id, /^[0-9a-z]+$/, url);
    const response = await answer({ method: "GET", url });
    const body = await response.text();
    assert.ok(!body.includes(SECRET), url);
    if (response.status === 404) refused++;
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  }
  assert.deepEqual(errors, []);
  // A few are the page itself once a parser has read them, such as tachie://app/a/../index.html.
  assert.ok(refused > 0.9 * ADDRESSES, `${refused}`);
  tally(t, "hostile addresses of the window's protocol", { asked: ADDRESSES, refused });
});

test("a studio that names a file outside of the library is not believed", async () => {
  const outside = ["secret.png", "library-evil/secret.png", "library/../secret.png", "library/images/link.png"];
  for (const name of [
    ...outside.map((file) => path.join(folder, file)),
    `${folder}/library/../secret.png`,
    "secret.png",
  ]) {
    const trusting = createAppProtocol({
      pageFiles: new Map(),
      libraryFolder: library,
      findPicture: async () => name,
      onError: (error) => errors.push(error),
    });
    assert.equal((await trusting({ method: "GET", url: "tachie://app/image/x" })).status, 404, name);
  }
  assert.deepEqual(errors, []);
});

test("a link among the page's files is not followed, and only reading is answered", async () => {
  assert.equal((await answer({ method: "GET", url: "tachie://app/assets/link.png" })).status, 404);
  assert.equal((await answer({ method: "POST", url: "tachie://app/" })).status, 405);
});

test("what a failing studio throws is reported, and the page is told no more than that it failed", async () => {
  const told: unknown[] = [];
  const failing = createAppProtocol({
    pageFiles: new Map(),
    libraryFolder: library,
    findPicture: () => Promise.reject(new Error("the studio is gone")),
    onError: (error) => told.push(error),
  });
  const response = await failing({ method: "GET", url: "tachie://app/image/x" });
  assert.deepEqual([response.status, await response.text(), told.length], [500, "", 1]);
});

test("the page has a policy with a nonce of its own each time; nothing else may even show a style", async () => {
  const policies = await Promise.all(
    ["", "", "assets/index-Ab_1.js", "nothing"].map(async (file) => {
      const response = await answer({ method: "GET", url: `tachie://app/${file}` });
      return response.headers.get("content-security-policy") ?? "";
    }),
  );
  assert.match(policies[0]!, /default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w-]{22}'/);
  assert.doesNotMatch(policies[0]!, /unsafe/);
  assert.notEqual(policies[0], policies[1]);
  for (const policy of policies.slice(2)) assert.match(policy, /^default-src 'none'; frame-ancestors 'none'$/);
});

test("the page's own address, and what only looks like it", () => {
  for (const own of ["tachie://app/", "tachie://app/index.html", "tachie://app/?x#y"])
    assert.ok(isPageAddress(own), own);
  const foreign = [
    "tachie://app.evil/",
    "tachie://evil/",
    "tachie://app@evil/",
    "tachie://user@app/",
    "tachie://app:1/",
    "tachie:app/",
    "tachie://app/image/x",
    "https://app/",
    "about:blank",
    "file:///",
    "data:text/html,tachie://app/",
    "",
  ];
  for (const address of foreign) assert.ok(!isPageAddress(address), address);
});
