/** @file What no page of ours would ever send, 500 times a method, through the WebSocket of a server with a whole studio. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { WebSocket } from "ws";
import { decodeMessage, encodeMessage } from "../../../src-main/contract/message-codec.ts";
import type { StudioService } from "../../../src-main/contract/studio.ts";
import { STUDIO_METHODS } from "../../../src-main/contract/studio.ts";
import type { WireMessage } from "../../../src-main/contract/wire.ts";
import { connect, isWireMessage } from "../../../src-main/contract/wire.ts";
import { tally } from "../../fixtures/loops.ts";
import { MESSAGES, VALID, mutations } from "../../fixtures/malformed-messages.ts";
import { ServerBench, cookieFor, lost, openSocket, socketPort } from "../../fixtures/server-bench.ts";
import type { Headers } from "../../fixtures/server-bench.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const stand = new StudioStand(undefined, "rest");
const bench = new ServerBench<StudioService>();
let socket: WebSocket;
let port: number;
let key: Headers;
const answers = new Map<number, (message: WireMessage) => void>();
let nextSeq = 1;

before(async () => {
  const server = await bench.start(stand.studio.handlers);
  ({ port } = server);
  key = await cookieFor(server);
  socket = openSocket(port, key);
  await once(socket, "open");
  socket.on("message", (data: Buffer) => {
    const message = decodeMessage(data);
    if (isWireMessage(message) && (message.kind === "result" || message.kind === "error"))
      answers.get(message.seq)?.(message);
  });
});
after(async () => {
  await bench[Symbol.asyncDispose]();
  await stand[Symbol.asyncDispose]();
});

/** Undefined for what the wire cannot carry. */
function frameOf(message: unknown): Uint8Array | undefined {
  try {
    return encodeMessage(message);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "wire.invalid");
    return undefined;
  }
}

function call(method: string, params: unknown): Promise<WireMessage> | undefined {
  const seq = nextSeq++;
  const frame = frameOf({ kind: "call", seq, method, params });
  if (frame === undefined) return undefined;
  return new Promise((resolve, reject) => {
    answers.set(seq, resolve);
    socket.once("close", reject);
    socket.send(frame, () => socket.off("close", reject));
  });
}

const total = { refused: 0, understood: 0 };

for (const method of STUDIO_METHODS)
  test(`${MESSAGES} malformed messages to ${method} are refused or understood, and the connection stays`, async () => {
    // What JSON leaves out or cannot carry makes some of them the same: the others are repeated in its place.
    const sent = mutations(VALID[method]);
    let answered = 0;
    let refused = 0;
    for (let index = 0; answered < MESSAGES; index++) {
      const answer = await call(method, sent[index % sent.length]);
      if (answer === undefined) continue;
      answered++;
      if (answer.kind !== "error") continue;
      refused++;
      assert.notEqual(answer.error.code, "internal.bug", answer.error.message);
    }
    assert.ok(refused > answered / 4, `${refused} of ${answered}`);
    assert.equal(socket.readyState, socket.OPEN);
    assert.deepEqual(bench.faults, []);
    total.refused += refused;
    total.understood += answered - refused;
  });

test("messages without a sound frame around them, from many connections at once, leave the studio working", async (t) => {
  const closes = Array.from({ length: 50 }, async (_, index) => {
    const stranger = openSocket(port, key);
    await once(stranger, "open");
    const frame = frameOf({ kind: "call", seq: 1, method: "queue", params: {} })?.slice() ?? new Uint8Array(0);
    frame[index % frame.length]! ^= 0xff;
    stranger.send(frame);
    stranger.send(new Uint8Array(index));
    const [code] = (await once(stranger, "close")) as [number];
    return code;
  });
  assert.deepEqual([...new Set(await Promise.all(closes))], [1007]);
  const { client, close } = await connect<StudioService>(
    socketPort(openSocket(port, key)),
    "studio",
    STUDIO_METHODS,
    lost,
  );
  await client.cancelAllJobs({});
  const { images } = await client.generate({ prompt: "1girl", model: "fake-model" });
  assert.equal(images.length, 1);
  close();
  tally(t, `malformed messages to ${STUDIO_METHODS.length} methods over a socket`, total);
  assert.deepEqual(bench.faults, []);
});
