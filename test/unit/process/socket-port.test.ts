import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { connect as connectNet } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { Port } from "../../../src-main/contract/wire.ts";
import { connect, serve } from "../../../src-main/contract/wire.ts";
import { MAX_FRAME_BYTES, createFrameReader, encodeFrame } from "../../../src-main/process/frame-codec.ts";
import type { SocketListener } from "../../../src-main/process/socket-port.ts";
import { connectSocket, listenSocket } from "../../../src-main/process/socket-port.ts";

interface EchoService {
  methods: { echo(params: { text: string }): string };
  progress: Record<string, never>;
  events: Record<string, never>;
}

async function listening(): Promise<SocketListener & { ports: Port[] }> {
  const ports: Port[] = [];
  const listener = await listenSocket((port) => {
    ports.push(port);
    serve<EchoService>(port, "echo", 1, { echo: ({ text }) => text });
  });
  return { ...listener, ports };
}

const lost = (): TachieError => new TachieError("engine.lost", "gone");

test("calls cross a socket in both directions, long texts of every plane included", async () => {
  const listener = await listening();
  const port = await connectSocket(listener.address);
  assert.ok(port);
  const { client, close } = await connect<EchoService>(port, "echo", ["echo"], lost);
  for (const text of ["", "立ち絵 🎨 é\u0000\n", "x".repeat(1_000_000)])
    assert.equal(await client.echo({ text }), text);
  const both = await Promise.all(["a", "b"].map((text) => client.echo({ text })));
  assert.deepEqual(both, ["a", "b"]);
  close();
  await listener.stop();
  assert.equal(await connectSocket(listener.address), undefined, "nobody listens any more");
});

test("when the listener's side closes, waiting calls are lost and later ones are refused", async () => {
  const listener = await listening();
  const port = await connectSocket(listener.address);
  assert.ok(port);
  const { client } = await connect<EchoService>(port, "echo", ["echo"], lost);
  listener.ports[0]?.close();
  await sleep(50);
  await assert.rejects(client.echo({ text: "x" }), { code: "engine.lost" });
  await listener.stop();
});

test(
  "only this user can reach the socket, and only with the token",
  { skip: process.platform === "win32" },
  async () => {
    const listener = await listening();
    assert.equal(statSync(listener.address.path).mode & 0o077, 0);
    assert.equal(statSync(path.dirname(listener.address.path)).mode & 0o077, 0);
    for (const token of ["", "x", "0".repeat(64), "x".repeat(100_000)]) {
      const port = await connectSocket({ ...listener.address, token });
      assert.ok(port);
      await assert.rejects(connect<EchoService>(port, "echo", ["echo"], lost), { code: "engine.lost" });
    }
    assert.equal(listener.ports.length, 0);
    await listener.stop();
  },
);

test("hostile bytes close their own connection and nothing else", { skip: process.platform === "win32" }, async () => {
  const listener = await listening();
  const good = await connectSocket(listener.address);
  assert.ok(good);
  const { client, close } = await connect<EchoService>(good, "echo", ["echo"], lost);
  const hello = encodeFrame({ token: listener.address.token });
  const huge = Buffer.alloc(4);
  huge.writeUInt32LE(MAX_FRAME_BYTES + 1);
  const notJson = Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.from("{{{")]);
  const attacks = [huge, notJson, Buffer.from([255, 255, 255, 255]), encodeFrame(null), encodeFrame([1])];
  for (const attack of [...attacks, ...attacks.slice(0, 3).map((bytes) => Buffer.concat([hello, bytes]))]) {
    const socket = connectNet(listener.address.path);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.write(attack);
    await closed;
  }
  assert.equal(await client.echo({ text: "still here" }), "still here");
  close();
  await listener.stop();
});

test("frames survive any cutting of the stream", () => {
  const messages = [{ a: 1 }, "", "ü".repeat(300), [null], { deep: { deeper: [1.5, true] } }];
  const stream = Buffer.concat(messages.map((message) => encodeFrame(message)));
  for (const size of [1, 2, 3, 5, 7, 64, stream.length]) {
    const reader = createFrameReader();
    const read: unknown[] = [];
    for (let at = 0; at < stream.length; at += size) read.push(...reader.read(stream.subarray(at, at + size)));
    assert.deepEqual(read, messages);
  }
  assert.throws(() => encodeFrame({ pixels: new Uint8Array(3) }), { code: "wire.invalid", message: /pixels/ });
  assert.throws(() => encodeFrame("x".repeat(MAX_FRAME_BYTES)), { code: "wire.invalid" });
});
