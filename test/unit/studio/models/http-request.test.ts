import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { request } from "../../../../src-main/studio/models/http-request.ts";
import { addressOf, describeRemote } from "../../../../src-main/studio/models/remote-file.ts";
import { TransferFault, parseRetryAfter } from "../../../../src-main/studio/models/transfer-fault.ts";

interface Sent {
  readonly address: string;
  readonly authorization: string | null;
}

/** Answers requests from a table of redirects; everything else is a file. */
function answerFrom(context: TestContext, redirects: Readonly<Record<string, string>>): Sent[] {
  const sent: Sent[] = [];
  context.mock.method(globalThis, "fetch", (address: URL, init: RequestInit) => {
    sent.push({ address: address.href, authorization: new Headers(init.headers).get("authorization") });
    const location = redirects[address.href];
    return Promise.resolve(
      location === undefined ? new Response("x") : new Response(null, { status: 302, headers: { location } }),
    );
  });
  return sent;
}

const options = {
  method: "GET",
  headers: {},
  signal: new AbortController().signal,
  authorization: "Bearer secret",
} as const;

test("credentials stay with the origin of the first address, through redirects there and away", async (context) => {
  const sent = answerFrom(context, {
    "https://hub.example/a": "/b",
    "https://hub.example/b": "https://hub.example:444/c",
    "https://hub.example:444/c": "https://cdn.example/d",
    "https://cdn.example/d": "https://cdn.example/e",
  });
  await request("https://hub.example/a", options);
  assert.deepEqual(sent, [
    { address: "https://hub.example/a", authorization: "Bearer secret" },
    { address: "https://hub.example/b", authorization: "Bearer secret" },
    { address: "https://hub.example:444/c", authorization: null },
    { address: "https://cdn.example/d", authorization: null },
    { address: "https://cdn.example/e", authorization: null },
  ]);
});

test("credentials are never sent unencrypted over a network", async (context) => {
  const sent = answerFrom(context, {});
  for (const address of ["http://mirror.example/a", "http://localhost.example/a", "http://127.0.0.1.example/a"])
    await request(address, options);
  assert.deepEqual(new Set(sent.map(({ authorization }) => authorization)), new Set([null]));
  for (const address of ["http://127.0.0.1:9000/a", "http://localhost/a", "http://[::1]:1/a"])
    await request(address, options);
  assert.deepEqual(new Set(sent.slice(3).map(({ authorization }) => authorization)), new Set(["Bearer secret"]));
});

test("redirects to unencrypted addresses, to no address, and without end are refused", async (context) => {
  answerFrom(context, {
    "https://hub.example/plain": "http://cdn.example/x",
    "https://hub.example/file": "file:///etc/passwd",
    "https://hub.example/loop": "https://hub.example/loop",
    "https://hub.example/bad": "https://",
  });
  await assert.rejects(request("https://hub.example/plain", options), { code: "download.refused" });
  for (const place of ["file", "loop", "bad"])
    await assert.rejects(request(`https://hub.example/${place}`, options), TransferFault, place);
});

test("what the hub says of a file: stored apart, in git, on a plain server, nonsense", () => {
  const sha256 = "a".repeat(64);
  const commit = "b".repeat(40);
  const hub = new Headers({
    "x-linked-size": "123",
    "x-linked-etag": `"${sha256}"`,
    "x-repo-commit": commit,
    etag: '"page"',
  });
  assert.deepEqual(describeRemote([hub], false), {
    sizeBytes: 123,
    digest: { algorithm: "sha256", value: sha256 },
    commit,
  });
  const git = new Headers({ "content-length": "7", etag: `W/"${"c".repeat(40)}"`, "x-repo-commit": commit });
  assert.deepEqual(describeRemote([git], true).digest, { algorithm: "git-sha1", value: "c".repeat(40) });
  // A tag that looks like a sum is none where the server is not the hub.
  const plain = new Headers({ "content-length": "7", etag: `"${sha256}"` });
  assert.deepEqual(describeRemote([plain], true), { sizeBytes: 7, digest: undefined, commit: undefined });
  assert.equal(describeRemote([plain], false).sizeBytes, undefined, "the length of a redirect is not the file's");
  const odd = new Headers({ "x-linked-size": "-1", "x-linked-etag": '"x"', "x-repo-commit": "main" });
  assert.deepEqual(describeRemote([odd], true), { sizeBytes: undefined, digest: undefined, commit: undefined });
});

test("addresses are escaped piece by piece", () => {
  const source = { repository: "o/n", revision: "refs/pr/1", path: "a b/ü#?.bin" };
  assert.equal(
    addressOf("https://hub.example/x/", source),
    "https://hub.example/x/o/n/resolve/refs%2Fpr%2F1/a%20b/%C3%BC%23%3F.bin",
  );
});

test("Retry-After in seconds, as a date, and as nonsense", () => {
  assert.equal(parseRetryAfter("7"), 7000);
  assert.equal(parseRetryAfter("Wed, 21 Oct 2026 07:28:30 GMT", Date.parse("2026-10-21T07:28:00Z")), 30_000);
  assert.equal(parseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  for (const nonsense of [null, "", "soon", "-5"])
    assert.ok([undefined, 0].includes(parseRetryAfter(nonsense)), String(nonsense));
});
