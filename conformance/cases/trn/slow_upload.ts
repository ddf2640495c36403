import { connect, createServer, type Socket } from "node:net";
import type { Case } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { Operations } from "../shared/wire_operations.ts";
import { runOnce, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { isWrite } from "../shared/wire.ts";

const MIB = 2 ** 20;
/** Bytes of the object. */
const SIZE = 48 * MIB;
/** Bytes that are read of it while a silent request would end: it takes three times as long. */
const BYTES_PER_STALL = 16 * MIB;
/** Bytes that a connection may hold on its way: their sender does not see them go, and waits. */
const MOST_HIDDEN = 8 * MIB;
/** Milliseconds in which a connection takes a piece that it has room for. */
const TAKEN_MS = 500;
/** Times above this many milliseconds for a silent request would make the case too long. */
const LONGEST_STALL = 8_000;
/** The share of the rate below which it is the machine that is slow, and not the link. */
const SLOW_MACHINE = 0.7;

/** Uploads over links on which bytes flow, slowly: a part of group TRN. */
export const trnSlowUploadCases: readonly Case[] = [{
  id: "TRN-22",
  clauses: [27],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 180_000,
  title: "an upload on a slow link on which bytes flow is not silent",
  explain:
    "48 MiB are uploaded, and of each request's body no more than 16 MiB are read in the time that a silent request has (`limits.stallTimeoutMs`), without a pause. The upload succeeds. Look for a time limit on the whole request, or for a silence that only ends when much of the body has gone. What the buffers of a connection hide of it is measured first.",
  async run(ctx) {
    const { stallTimeoutMs, largestObject } = ctx.limits;
    if (stallTimeoutMs === undefined || stallTimeoutMs > LONGEST_STALL) {
      throw ctx.unverified(
        `the harness gives no 'limits.stallTimeoutMs' up to ${LONGEST_STALL}`,
      );
    }
    if (largestObject < SIZE) {
      throw ctx.skip(`the harness takes no objects of ${SIZE} bytes`);
    }
    const hidden = await countHidden();
    if (hidden > MOST_HIDDEN) {
      throw ctx.unverified(
        `a connection of this system takes ${hidden} bytes that nobody reads, so a sender cannot see them flow`,
      );
    }
    const upload = await new Operations(ctx).upload(SIZE);
    const bytesPerSecond = BYTES_PER_STALL / stallTimeoutMs * 1000;
    const what = `at ${Math.round(bytesPerSecond / 1024)} KiB/s`;
    const meter = wireOf(ctx).meter();
    const began = performance.now();
    const { outcome } = await runOnce(
      ctx,
      {
        match: { where: isWrite },
        action: { kind: "slow-upload", bytesPerSecond },
        // A store that sends small parts never waits for one.
        optional: true,
      },
      upload,
      { what },
    );
    if (outcome.status === "fulfilled") {
      return await upload.expectDone(outcome.value);
    }
    // Where the proxy itself does not come up to the rate, the store may have waited too long.
    const seconds = (performance.now() - began) / 1000;
    if (meter.requestBytes / seconds < SLOW_MACHINE * bytesPerSecond) {
      throw ctx.unverified("this machine is too slow for the case just now");
    }
    expect(ctx, false, {
      expected: `${upload.what} succeeds ${what}`,
      observed: `it rejected with ${outcome.reason}`,
      hint: "a limit on the whole request is taken for one on its silence",
      evidence: [wireEvidence(ctx)],
    });
  },
}];

/** Counts the bytes that a connection on this machine takes while nobody reads them. */
async function countHidden(): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" ? address?.port ?? 0 : 0;
  const client = connect({ host: "127.0.0.1", port });
  client.on("error", () => {});
  sockets.push(client);
  const piece = new Uint8Array(MIB / 16);
  let hidden = 0;
  try {
    while (hidden <= MOST_HIDDEN && await isTaken(client, piece)) {
      hidden += piece.length;
    }
    return hidden;
  } finally {
    const closed = new Promise((done) => server.close(done));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}

/** Tells whether a socket takes bytes at once. */
async function isTaken(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), TAKEN_MS);
  });
  const taken = new Promise<boolean>((done) => {
    socket.write(bytes, (error) => done(!error));
  });
  const isTaken = await Promise.race([taken, late]);
  clearTimeout(timer);
  return isTaken;
}
