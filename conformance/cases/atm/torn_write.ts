import { Buffer } from "node:buffer";
import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect } from "../../checks/expect.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import { expectNeverGone } from "../shared/never_gone.ts";
import { expectWhole } from "./look.ts";
import type { SeenUpload } from "./torn.ts";
import { BLOCKED_MS, checkSeenAtRequests } from "./torn_wire.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** More than any store moves at once, and odd. */
const BIG = 9 * 1024 * 1024 + 1_237;
/** For how many turns of the event loop one upload's callback holds it back. */
const MOST_TURNS = 300;
/** The most times that an upload is held while others look. */
const LOOKS = 8;

/** The cases of group ATM in which an object is seen, or replaced, while it is written. */
export const atmTornWriteCases: readonly Case[] = [
  {
    id: "ATM-7",
    clauses: [8, 29],
    level: "must",
    title: "of two uploads at once one is stored, whole",
    explain:
      "Both write the same name, from two handles and from one. The object is the one or the other, with its size; writers that share a temporary file or write in place mix them.",
    timeoutMs: 60_000,
    async run(ctx) {
      const second = await ctx.secondHandle();
      for (let round = 0; round < 9; round++) {
        // The last rounds are two uploads of one handle.
        const handle = round < 6 ? second : ctx.store;
        const sizes = round < 6 && round % 2
          ? [3_300_001, 2_200_003]
          : [70_001, 70_001];
        const name = ctx.name();
        const objects = sizes.map((size, i) => ctx.bytes(size, 2 * round + i));
        // The one goes on faster than the other, as fast, or more slowly; of one handle it is overtaken on the way.
        const [slow, other] = round < 6
          ? [slowDown(5), slowDown(1 + 4 * (round % 3))]
          : [slowDown(8, 1), slowDown(1 + 2 * (round % 3), 4)];
        const outcomes = await Promise.allSettled([
          ctx.upload(name, objects[0] ?? new Uint8Array(), { callback: slow }),
          ctx.upload(
            name,
            objects[1] ?? new Uint8Array(),
            { callback: other },
            handle,
          ),
        ]);
        const stored = outcomes.filter(({ status }) => status === "fulfilled");
        for (const outcome of outcomes) {
          if (outcome.status === "fulfilled") continue;
          // A service may say that it is busy with the other one.
          const what = "one of two uploads at once, if it rejects,";
          checkCode(ctx, outcome.reason, "TRANSIENT", what, { clause: 29 });
        }
        if (stored.length === 0) continue;
        const seen = await ctx.fetch(name);
        const whole = objects.find((bytes) => isEqual(seen, bytes));
        expect(ctx, whole !== undefined, {
          expected:
            "after two uploads at once the object is one of them, whole",
          observed: `${seen.length} bytes that are neither`,
        });
        await ctx.expectObject(name, whole, "after two uploads at once");
      }
    },
  },
  {
    id: "ATM-8",
    clauses: [8, 4],
    level: "must",
    title: "during an upload others see the old object or none, never a part",
    explain:
      "A second handle, and then the one that uploads, ask for size and bytes while the upload's callback is held, eight times on the way, and again and again until it is done; with a proxy, the object is also looked at after each of the upload's requests. An object of another size is a part. A small upload over an object is looked at without a break: one that is gone for a moment was removed first. Who has been told the new size finds the new bytes from then on: the size of what is still on its way is no object's.",
    timeoutMs: 90_000,
    async run(ctx) {
      const second = await ctx.secondHandle();
      for (const [index, hasOld] of [false, true].entries()) {
        const name = ctx.name();
        const old = hasOld ? ctx.bytes(30_011, 1) : undefined;
        if (old !== undefined) await ctx.given(name, old);
        const bytes = ctx.bytes(BIG, 2 + index);
        await checkSeenDuringUpload(ctx, second, { name, old, bytes });
        await ctx.expectObject(name, bytes, "after the upload");
      }
      await checkSeenAtRequests(ctx, second, expectWhole);
      for (const size of [1_013, 0, 70_001, BIG]) {
        const bytes = ctx.bytes(size, size);
        const replace = (name: string) => ctx.upload(name, bytes);
        const what = `it is replaced by an upload of ${bytes.length} bytes`;
        await expectNeverGone(ctx, second, { bytes, replace, what });
      }
    },
  },
];

async function checkSeenDuringUpload(
  ctx: CaseContext,
  second: ObjectStore,
  { name, old, bytes }: SeenUpload,
): Promise<void> {
  const looks = { count: 0, isBlocked: false, isOwnBlocked: false };
  const lookedBy = async (store: ObjectStore) => {
    const asking = expectWhole(ctx, store, { name, old, bytes });
    asking.catch(() => {});
    const isInTime = await settlesWithin(BLOCKED_MS, asking);
    if (isInTime) await asking;
    return isInTime;
  };
  const looking = async () => {
    looks.isBlocked ||= !await lookedBy(second);
    if (looks.isBlocked) return;
    looks.count++;
    // A handle may do one thing at a time: then it says nothing meanwhile.
    looks.isOwnBlocked ||= !await lookedBy(ctx.store);
  };
  let problem: unknown;
  let next = 0;
  const upload = ctx.upload(name, bytes, {
    async callback(done, total) {
      if (done < next || done === total || looks.isBlocked) return;
      next = done + total / LOOKS;
      await looking().catch((error) => problem = error);
    },
  });
  let isDone = false;
  const end = upload.then(() => {}, () => {}).then(() => {
    isDone = true;
  });
  while (!isDone && !looks.isBlocked && problem === undefined) {
    await looking().catch((error) => problem = error);
    // A store in memory answers at once, and would keep the upload from going on.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  await end;
  if (problem !== undefined) throw problem;
  await upload;
  if (looks.isBlocked) {
    throw ctx.unverified("a read waits for an upload of the same object");
  }
  if (looks.count === 0) throw ctx.unverified("the upload was over at once");
}

/** A callback that lets others run for some turns of the event loop, at its first call for `first`, and not for long in all: a store may report every byte. */
function slowDown(turns: number, first = turns): () => Promise<void> {
  let left = MOST_TURNS;
  let count = first;
  return async () => {
    for (let turn = 0; turn < count && left > 0; turn++, left--) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    count = turns;
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
