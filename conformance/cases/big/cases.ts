import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import {
  checkCode,
  expect,
  expectBytes,
  expectEqual,
  settle,
} from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";
import {
  expectBoundedMemory,
  growthOf,
  requireMemory,
} from "../shared/memory.ts";
import { hasBody, recordRequests, wireEvidence } from "../shared/wire.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

const MIB = 1024 * 1024;
const USUAL_PART = 8 * MIB;

/** Big objects. */
export const bigCases: readonly Case[] = [
  {
    id: "BIG-1",
    clauses: [8, 10],
    level: "must",
    title: "an object of more than three parts arrives exact both ways",
    explain:
      "Parts are stored in the order of their numbers and not of their arrival, which a proxy changes, and ranges are written where they belong. Compared byte by byte, with the callback's counts.",
    timeoutMs: 180_000,
    async run(ctx) {
      const part = ctx.limits.partSize ?? USUAL_PART;
      const bytes = ctx.bytes(3 * part + 12_345, "big");
      const name = ctx.name("big");
      const up = traceCalls();
      // The first parts and ranges come last.
      await disposeAfter(ctx.wire?.inject(...delayFirst()), async () => {
        await ctx.upload(name, bytes, { callback: up.callback });
        expectTrace(ctx, up, bytes.length, "the upload of a big object");
        const size = await ctx.store.getObjectSize(name);
        expectEqual(ctx, size, bytes.length, "its size", { clause: 6 });
        const down = traceCalls();
        const path = ctx.at("big");
        await ctx.download(name, path, { callback: down.callback });
        expectTrace(ctx, down, bytes.length, "the download of a big object");
        const found = await hashOfDownload(ctx, path);
        expectEqual(ctx, found, hash(bytes), "the hash of the file");
        const read = await ctx.fetch(name, await ctx.secondHandle());
        expectBytes(ctx, read, bytes, "the object from a second handle");
      });
    },
  },
  {
    id: "BIG-2",
    clauses: [8, 10],
    level: "must",
    title: "sizes around the part's boundary are exact",
    explain:
      "One byte less than a part, a part, one more, and the same around two parts: an empty last part, or one that is lost, shows here and nowhere else.",
    timeoutMs: 180_000,
    run: checkBoundaries,
  },
  {
    id: "BIG-3",
    clauses: [27],
    level: "must",
    capabilities: ["streaming"],
    needs: ["module"],
    title: "memory stays bounded while 256 MiB are moved",
    explain:
      "The peak of the process's resident memory, seen from outside, grows by less than 128 MiB during an upload and a download of 256 MiB, or by no more for 512 MiB than for 256: the body is never held as a whole.",
    timeoutMs: 600_000,
    run: checkMemory,
    child: moveBigObject,
  },
  {
    id: "BIG-5",
    clauses: [27, 8],
    level: "must",
    title: "an object that is too large is refused before its body is sent",
    explain:
      "A file of one byte more than 'limits.largestObject', which is a limit of the store or of its harness alone: the upload stores it whole, or it rejects with an ObjectStoreError of code OTHER, as the same call will never do, and leaves the old object. Check the size when the file is open, and not what the service says in the end. Not tried where the limit is above 64 MiB.",
    timeoutMs: 120_000,
    run: checkTooLarge,
  },
];

/** A larger file is too much work to be refused. */
const LARGEST_TRIED = 64 * MIB;
/** The bytes that a request without an object in its body may have. */
const NO_BODY = 4_096;

async function checkTooLarge(ctx: CaseContext): Promise<void> {
  const { largestObject } = ctx.limits;
  if (ctx.isSlow || largestObject > LARGEST_TRIED) {
    throw ctx.skip("the harness gives no limits.largestObject up to 64 MiB");
  }
  const bytes = new Uint8Array(largestObject + 1);
  bytes.set(ctx.bytes(largestObject, "too large"));
  const source = await ctx.source(bytes);
  const name = ctx.name("large");
  const old = ctx.bytes(307, "old");
  await ctx.given(name, old);
  const trace = traceCalls();
  const what = `the upload of ${bytes.length} bytes, one more than the largest`;
  let outcome: PromiseSettledResult<void> | undefined;
  async function upload(): Promise<void> {
    const { callback } = trace;
    const uploading = ctx.store.uploadObject(name, source, { callback });
    outcome = await ctx.within(100_000, settle(uploading), what);
  }
  const requests = ctx.wire ? await recordRequests(ctx, upload) : [];
  if (!ctx.wire) await upload();
  if (outcome?.status !== "rejected") {
    return await ctx.expectObject(name, bytes, `${what}, has resolved`);
  }
  checkCode(ctx, outcome.reason, "OTHER", what);
  const isComplete = trace.calls.some(({ bytes, total }) => bytes === total);
  expectEqual(ctx, isComplete, false, "whether it was reported as complete", {
    clause: 19,
    evidence: [trace.evidence()],
  });
  await ctx.expectObject(name, old, `${what}, was refused`);
  const sent = requests.reduce((sum, each) => sum + each.requestBytes, 0);
  expect(ctx, sent <= NO_BODY, {
    expected: `${what}, is refused before any body is sent`,
    observed: `${sent} bytes were sent in ${requests.length} requests`,
    evidence: [wireEvidence(ctx)],
  });
}

/** Holds the first requests with a body, and the first answers. */
function delayFirst(): FaultRule[] {
  const action = { kind: "delay", ms: 300 } as const;
  return [
    { match: { where: hasBody, count: 1 }, action, optional: true },
    {
      match: { method: "GET", nth: 2, count: 1 },
      action,
      optional: true,
    },
  ];
}

async function checkBoundaries(ctx: CaseContext): Promise<void> {
  const { partSize: part, largestObject } = ctx.limits;
  if (ctx.limits.parts === "none") {
    throw ctx.skip("the store's uploads have no parts ('limits.parts')");
  }
  if (part === undefined) {
    throw ctx.unverified("the harness gives no limits.partSize");
  }
  const sizes = [part - 1, part, part + 1, 2 * part - 1, 2 * part, 2 * part + 1]
    .filter((size) => size <= largestObject);
  if (sizes.length === 0) {
    throw ctx.unverified(
      ctx.isSlow
        ? "the store is too slow here for an object of a part"
        : "limits.largestObject is less than a part",
    );
  }
  for (const size of sizes) {
    const name = ctx.name("part");
    const bytes = ctx.bytes(size, size);
    await ctx.given(name, bytes);
    await ctx.expectObject(name, bytes, `an object of ${size} bytes`);
  }
}

async function checkMemory(ctx: CaseContext): Promise<void> {
  await requireMemory(ctx);
  await expectBoundedMemory(
    ctx,
    (size) => growWhileMoving(ctx, size),
    "the whole body may be held in memory: also by `Promise.race()`, which holds what each of its promises has brought for as long as another one of them is pending",
  );
}

/** Moves an object up and down in a process of its own, checks its bytes, and returns by how much that process's peak of memory has grown. */
async function growWhileMoving(
  ctx: CaseContext,
  size: number,
): Promise<number> {
  const source = join(ctx.scratch, `big-source-${size}`);
  await writeLarge(source, ctx.bytes(MIB), size);
  const small = await ctx.source(ctx.bytes(1000));
  const destination = ctx.at(`big-${size}`);
  const name = ctx.name(`big-${size}`);
  const child = await ctx.child({ source, small, destination, name });
  await child.event("warm");
  const grown = await growthOf(ctx, child.storePid, async () => {
    await child.send("go");
    await child.event("done");
  });
  await child.send("end");
  await child.ended;
  const isSame =
    await hashOfDownload(ctx, destination) === await hashOf(source);
  expectEqual(ctx, isSame, true, "whether the downloaded bytes are right", {
    clause: 8,
  });
  await fs.rm(source);
  await fs.rm(destination);
  return grown;
}

/** Writes a file of blocks that are all different, so that none can be left out or repeated. */
async function writeLarge(
  path: string,
  block: Uint8Array,
  size: number,
): Promise<void> {
  const file = await fs.open(path, "wx");
  try {
    for (let at = 0; at < size; at += block.length) {
      new DataView(block.buffer).setFloat64(0, at);
      await file.write(block, 0, block.length, at);
    }
  } finally {
    await file.close();
  }
}

async function moveBigObject(ctx: ChildContext): Promise<void> {
  const { source, small, destination, name } = ctx.input as Record<
    "source" | "small" | "destination" | "name",
    string
  >;
  const store = await ctx.open();
  const warm = `${name}-warm`;
  await store.uploadObject(warm, small);
  await store.downloadObject(warm, `${source}-warm`);
  await ctx.emit("warm");
  await ctx.wait("go");
  await store.uploadObject(name, source);
  await store.downloadObject(name, destination);
  await ctx.emit("done");
  await ctx.wait("end");
  await store.close();
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** As {@linkcode hashOf}; fails the case if a download that has resolved has written no such file. */
async function hashOfDownload(ctx: CaseContext, path: string): Promise<string> {
  const outcome = await settle(hashOf(path));
  expect(ctx, outcome.status === "fulfilled", {
    expected: `the download has written the file ${JSON.stringify(path)}`,
    observed: "it resolved, and the file cannot be read",
    clause: 10,
  });
  return outcome.value;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
