import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { tally } from "../../fixtures/loops.ts";
import { ServerBench, ask, cookieFor } from "../../fixtures/server-bench.ts";

interface EmptyService {
  methods: object;
  progress: object;
  events: object;
}

const ID = "0f8k2m4x7q";

test("a picture is sent as it is, and not again where the browser has it", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const bytes = await bench.addPicture(ID);
  const key = await cookieFor(server);
  for (const route of ["image", "thumbnail"]) {
    const first = await ask(server.port, `/${route}/${ID}`, key);
    assert.deepEqual([first.status, first.headers["content-type"]], [200, "image/png"]);
    assert.deepEqual(first.body, bytes);
    assert.equal(first.headers["content-length"], String(bytes.length));
    const etag = first.headers["etag"] ?? "";
    assert.match(etag, /^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await ask(server.port, `/${route}/${ID}`, { ...key, "if-none-match": known });
      assert.deepEqual([again.status, again.body.length], [304, 0]);
    }
    assert.equal((await ask(server.port, `/${route}/${ID}`, { ...key, "if-none-match": '"other"' })).status, 200);
    const head = await ask(server.port, `/${route}/${ID}`, key, "HEAD");
    assert.deepEqual([head.status, head.headers["etag"], head.body.length], [200, etag, 0]);
  }
  assert.deepEqual(bench.faults, []);
});

test("what lies in a picture's place but is none is not sent", { skip: process.platform === "win32" }, async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const key = await cookieFor(server);
  await bench.addPicture(ID);
  const picture = bench.files.get(ID) ?? "";
  const secret = path.join(bench.root, "secret.txt");
  writeFileSync(secret, "secret\n".repeat(100));
  const place = (id: string, make: (file: string) => void): void => {
    const file = path.join(bench.library, `${id}.png`);
    make(file);
    bench.files.set(id, file);
  };
  place("text00", (file) => writeFileSync(file, "secret"));
  place("empty0", (file) => writeFileSync(file, ""));
  place("folder", (file) => mkdirSync(file));
  place("link00", (file) => symlinkSync(secret, file));
  place("linkpng", (file) => symlinkSync(picture, file));
  place("hardlink", (file) => linkSync(secret, file));
  place("fifo00", (file) => execFileSync("mkfifo", [file]));
  place("device", (file) => symlinkSync("/dev/zero", file));
  place("proc00", (file) => symlinkSync("/proc/self/environ", file));
  place("gone00", (file) => rmSync(file, { force: true }));
  bench.files.set("passwd", "/etc/passwd");
  bench.files.set("missing", "/nowhere/x.png");
  for (const id of bench.files.keys())
    for (const route of ["image", "thumbnail"]) {
      const { status, body } = await ask(server.port, `/${route}/${id}`, key);
      assert.equal(status, id === ID ? 200 : 404, id);
      assert.equal(body.includes("secret") || body.includes("root:"), false, id);
    }
  assert.deepEqual(bench.faults, []);
});

test("1,000 hostile addresses: no byte from outside the library, no fault", async (t) => {
  await using bench = new ServerBench<EmptyService>();
  const asked: string[] = [];
  const image = (id: string): string | undefined => {
    asked.push(id);
    return id === ID ? bench.files.get(ID) : undefined;
  };
  const server = await bench.start({}, { image, thumbnail: (id) => void image(id) });
  const bytes = await bench.addPicture(ID);
  writeFileSync(path.join(bench.root, "secret.png"), bytes);
  const key = await cookieFor(server);
  const addresses = hostileAddresses();
  assert.ok(addresses.length >= 1000, `${addresses.length}`);
  const statuses = new Map<number, number>();
  for (const address of addresses) {
    const { status, body } = await ask(server.port, address, key);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert.ok(status === 404 || status === 400, `${status} for ${address}`);
    assert.ok(body.length < 200 && !body.includes("PNG") && !body.includes("root:"), address);
  }
  assert.equal((await ask(server.port, `/image/${ID}`, key)).status, 200, "the picture itself is still there");
  for (const id of asked) assert.match(id, /^[0-9a-z]{4,40}$/, "nothing else reaches the studio");
  assert.deepEqual(bench.faults, []);
  assert.ok((statuses.get(404) ?? 0) > 900);
  tally(t, "hostile addresses of the server", { asked: addresses.length, ...Object.fromEntries(statuses) });
});

test("a studio that does not know the picture is a 404; one that fails is a fault, told of once", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start(
    {},
    {
      image: () => Promise.reject(new TachieError("library.not-found", "no such picture")),
      thumbnail: () => Promise.reject(new Error("a bug")),
    },
  );
  const key = await cookieFor(server);
  assert.equal((await ask(server.port, `/image/${ID}`, key)).status, 404);
  assert.deepEqual(bench.faults, []);
  const { status, body } = await ask(server.port, `/thumbnail/${ID}`, key);
  assert.deepEqual([status, body.length, bench.faults.length], [500, 0, 1]);
});

/** Ways out of a folder, in every spelling that a server ever fell for. */
function hostileAddresses(): string[] {
  const ups = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "..%00",
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "..;",
    "．．",
    "...",
    "..%20",
    "%2e%2e%2f..",
  ];
  const slashes = ["/", "\\", "%2f", "%5c", "%252f", "%255c", "//", "/./", "%c0%af", "%ef%bc%8f"];
  const targets = ["etc/passwd", "secret.png", "library.db", "studio.json"];
  const roots = ["/image/", "/thumbnail/"];
  const climbs = roots.flatMap((root) =>
    ups.flatMap((up) => slashes.flatMap((slash) => targets.map((target) => root + `${up}${slash}`.repeat(3) + target))),
  );
  const singles = [
    "",
    "/",
    ".",
    "..",
    "%00",
    `${ID}%00`,
    `${ID}%00.png`,
    `${ID}.png`,
    `${ID}/`,
    `${ID}/..`,
    `${ID}%20`,
    `${ID}.`,
    `${ID}::$DATA`,
    ID.toUpperCase(),
    `${ID}${ID}${ID}${ID}${ID}`,
    `./${ID}`,
    `/${ID}`,
    `%2f${ID}`,
    `..%2fimage%2f${ID}`,
    `${ID}#`,
    `${ID};a=b`,
    "C:/Windows/win.ini",
    "C:%5cWindows%5cwin.ini",
    "%5c%5cserver%5cshare",
    "//server/share",
    "/etc/passwd",
    "file:///etc/passwd",
    "CON",
    "nul",
    "aux.png",
    "~",
    "~root",
    "$HOME",
    "`id`",
    "{}",
    "%",
    "%2",
    "%zz",
    "%ff%fe",
    "%e2%80%ae",
    "constructor",
    "__proto__",
    "proc/self/environ",
    "images/2026/01/0f8k2m4x7q.png",
    "a".repeat(41),
    "a".repeat(10_000),
    "abc",
    "*",
    "????",
    "%0d%0aset-cookie:a=b",
  ];
  return [...climbs, ...roots.flatMap((root) => singles.map((single) => root + single))].map((address) =>
    // What a client of Node refuses to send in an address at all is sent as its bytes.
    address.replace(/[^\x21-\x7e]/g, (sign) => Buffer.from(sign).toString("latin1")),
  );
}
