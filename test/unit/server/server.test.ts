import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectNet } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createServer } from "../../../src-main/server/server.ts";
import { PAGE_FILES, ServerBench, ask, cookieFor, openSocket } from "../../fixtures/server-bench.ts";

interface EmptyService {
  methods: object;
  progress: object;
  events: object;
}

/** Every kind of address that the server knows. */
const ADDRESSES = ["/", "/index.html", "/assets/app-1a.js", "/image/0f8k2m4x7q", "/thumbnail/0f8k2m4x7q", "/ws", "/no"];

test("the token in the address opens the page, and becomes a cookie that scripts cannot read", async () => {
  await using bench = new ServerBench<EmptyService>();
  const { address, port } = await bench.start({});
  assert.match(address, new RegExp(`^http://127\\.0\\.0\\.1:${port}/\\?token=[\\w-]{32}$`));
  const { search } = new URL(address);
  const admitted = await ask(port, `/${search}`);
  assert.deepEqual([admitted.status, admitted.headers["location"]], [303, "/"]);
  const [cookie = ""] = admitted.cookies;
  assert.match(cookie, /^tachie-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
  const page = await ask(port, "/", { cookie: `a=b; ${cookie.split(";")[0] ?? ""}; c=d` });
  assert.equal(page.status, 200);
  assert.match(page.body.toString(), /<title>Page<\/title>/);
  assert.equal(page.body.includes("token"), false);

  const linked = await ask(port, `/${search}`, { "sec-fetch-site": "cross-site" });
  assert.deepEqual([linked.status, linked.headers["refresh"]], [200, "0; url=/"]);
  assert.equal(linked.cookies.length, 1);
});

test("without the token there is nothing to learn, at any address", async () => {
  await using bench = new ServerBench<EmptyService>();
  const { address, port } = await bench.start({});
  await bench.addPicture("0f8k2m4x7q");
  const { cookie } = await cookieFor({ address, port });
  const [name = "", token = ""] = (cookie ?? "").split("=");
  const strangers = [
    "",
    "tachie=1",
    `${name}=`,
    `${name}=${token.slice(1)}`,
    `${name}=${token}x`,
    `${name}x=${token}`,
    `x${name}=${token}`,
    `${name}=${"x".repeat(token.length)}`,
    `${name}=%00`,
  ];
  const bodies = new Set<string>();
  for (const path of ADDRESSES)
    for (const wrong of strangers) {
      const { status, body, cookies } = await ask(port, path, { cookie: wrong });
      assert.equal(status, 401, `${path} ${wrong}`);
      assert.equal(cookies.length, 0);
      bodies.add(body.toString());
    }
  assert.equal(bodies.size, 1, "the same answer everywhere");
  for (const query of ["?token=", "?token", `?token=${token}x`, `?Token=${token}`, "?token=%FF", `?t=${token}`])
    assert.equal((await ask(port, `/${query}`)).status, 401, query);
  assert.equal((await ask(port, `/index.html?token=${token}`)).status, 401, "only the address that is printed");
});

test("names that were made to point here, and pages of other origins, get nothing", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const { port } = server;
  const key = await cookieFor(server);
  const status = async (headers: Record<string, string>, address = "/index.html") =>
    (await ask(port, address, { ...key, ...headers })).status;

  for (const host of [
    "evil.test",
    `evil.test:${port}`,
    "127.0.0.1.evil.test",
    "localhost.evil.test",
    "a b",
    "[",
    "::1",
  ])
    assert.equal(await status({ host }), 421, host);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "LOCALHOST:1", `[::1]:${port}`, "192.168.1.2:80"])
    assert.equal(await status({ host }), 200, host);

  const host = `localhost:${port}`;
  for (const origin of [
    "http://evil.test",
    "null",
    `http://localhost:${port + 1}`,
    `http://127.0.0.1:${port}`,
    "x",
    "file://",
  ])
    assert.equal(await status({ host, origin }), 403, origin);
  assert.equal(await status({ host, origin: `http://localhost:${port}` }), 200);
  assert.equal(await status({ host: "localhost", origin: "https://localhost" }), 200, "behind a proxy of the author's");
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await status({ "sec-fetch-site": site }), 403, "cookies are sent from other ports too");
    assert.equal(
      await status({ "sec-fetch-site": site, "sec-fetch-mode": "navigate" }, "/"),
      200,
      "a link to the page",
    );
    assert.equal(await status({ "sec-fetch-site": site, "sec-fetch-mode": "navigate" }, "/image/aaaa"), 403);
  }
  assert.equal(await status({ "sec-fetch-site": "same-origin" }), 200);
  assert.deepEqual(bench.faults, []);
});

test("a WebSocket needs the cookie, our origin, our name and our address", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const { port } = server;
  const key = await cookieFor(server);
  const origin = `http://127.0.0.1:${port}`;
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const refused: [number, Record<string, string>, string][] = [
    [401, { origin }, "/ws"],
    [403, { ...key }, "/ws"],
    [403, { ...key, origin: "http://evil.test" }, "/ws"],
    [403, { ...key, origin, "sec-fetch-site": "same-site" }, "/ws"],
    [421, { ...key, origin, host: "evil.test" }, "/ws"],
    [421, { ...key, origin: "http://evil.test", host: "evil.test" }, "/ws"],
    [404, { ...key, origin }, "/"],
    [404, { ...key, origin }, "/ws/"],
    [400, { ...key, origin, "sec-websocket-key": "short" }, "/ws"],
  ];
  for (const [status, headers, address] of refused)
    assert.equal((await ask(port, address, { ...upgrade, ...headers })).status, status, JSON.stringify(headers));
  const socket = openSocket(port, key);
  await once(socket, "open");
  socket.terminate();
});

test("every answer carries the strict headers, and the page's policy has a nonce of its own", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const key = await cookieFor(server);
  await bench.addPicture("0f8k2m4x7q");
  for (const address of ADDRESSES)
    for (const headers of [{}, key, { ...key, host: "evil.test" }]) {
      const answer = await ask(server.port, address, headers);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers["referrer-policy"], "no-referrer");
      assert.equal(answer.headers["cross-origin-opener-policy"], "same-origin");
      assert.equal(answer.headers["cross-origin-resource-policy"], "same-origin");
      assert.match(answer.headers["permissions-policy"] ?? "", /camera=\(\)/);
      assert.match(answer.headers["content-security-policy"] ?? "", /^default-src 'none'; .*frame-ancestors 'none'/);
    }
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const { headers, body } = await ask(server.port, "/", key);
      const policy = headers["content-security-policy"] ?? "";
      const [, nonce = ""] = /style-src 'self' 'nonce-([\w-]{22})'/.exec(policy) ?? [];
      assert.ok(body.includes(`<head><meta property="csp-nonce" nonce="${nonce}">`));
      assert.match(policy, /script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers["cache-control"], "no-store");
      return nonce;
    }),
  );
  assert.notEqual(nonces[0], nonces[1]);
});

test("scripts are sent compressed, with a name that never changes its content; other methods are refused", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  const key = await cookieFor(server);
  const script = PAGE_FILES["assets/app-1a.js"];
  const get = (accepted: string, method?: string) =>
    ask(server.port, "/assets/app-1a.js", { ...key, "accept-encoding": accepted }, method);
  const plain = await get("identity");
  assert.deepEqual([plain.status, plain.body.toString()], [200, script]);
  assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "private, max-age=31536000, immutable");
  const brotli = await get("gzip, deflate, br, zstd");
  assert.equal(brotli.headers["content-encoding"], "br");
  assert.ok(brotli.body.length < script.length / 4);
  assert.equal(brotliDecompressSync(brotli.body).toString(), script);
  const zipped = await get("gzip");
  assert.equal(gunzipSync(zipped.body).toString(), script);
  const head = await get("gzip", "HEAD");
  assert.deepEqual([head.headers["content-length"], head.body.length], [zipped.headers["content-length"], 0]);
  assert.equal((await ask(server.port, "/assets/app-1a.css", key)).headers["content-type"], "text/css; charset=utf-8");
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    assert.equal((await ask(server.port, "/", key, method)).status, 405, method);
});

test("bytes that are no request are answered with 400, and the server goes on", async () => {
  await using bench = new ServerBench<EmptyService>();
  const server = await bench.start({});
  for (const bytes of [
    "\r\n\r\n\0",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    `GET /${"x".repeat(100_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    const socket = connectNet(server.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.write(bytes);
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 400/);
  }
  assert.equal((await ask(server.port, "/", await cookieFor(server))).status, 200);
  assert.deepEqual(bench.faults, []);
});

test("a port in use, a host that is none and a page that is not built are refused with what to do", async () => {
  await using bench = new ServerBench<EmptyService>();
  const { port } = await bench.start({});
  const studio = {
    handlers: {},
    pictures: { image: () => undefined, thumbnail: () => undefined },
    subscribe: () => () => undefined,
  };
  const options = { host: "127.0.0.1", port: 0, studio, pageFolder: bench.page, onFault: () => undefined };
  await assert.rejects(createServer({ ...options, port }), { code: "server.unavailable", message: /it is in use/ });
  await assert.rejects(createServer({ ...options, host: "256.1.1.1" }), { code: "server.unavailable" });
  await assert.rejects(createServer({ ...options, pageFolder: path.join(bench.root, "none") }), {
    code: "file.not-found",
    remedy: /npm run build/,
  });
});
