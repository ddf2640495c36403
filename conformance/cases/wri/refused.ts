import type { Case, CaseContext } from "../../model/case.ts";
import { describeError } from "../../checks/error_chain.ts";
import { errorChain, expect, expectRejection } from "../../checks/expect.ts";
import type {
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import { writeObject } from "../shared/powers.ts";
import {
  expectRefusals,
  expectTypeError,
  start,
} from "../shared/refused_calls.ts";
import { expectNoRequests } from "../shared/wire.ts";
import { streamOf } from "./kinds.ts";
import { makeSource, type Source } from "./sources.ts";

const NO_DATA: readonly unknown[] = [undefined, null, 42, true, {}, [1, 2, 3]];
const NO_SIZES: readonly unknown[] = [-1, 0.5, NaN, Infinity, "1"];

/** Refusals before anything is read: a part of group WRI. */
export const wriRefusedCases: readonly Case[] = [{
  id: "WRI-4",
  clauses: [33, 1, 17],
  level: "must",
  capabilities: ["write"],
  title: "what writeObject cannot take is refused, and nothing is read of it",
  explain:
    "A locked stream, and what is no bytes, string, Blob or stream, are TypeErrors; a size that is no size a RangeError or a TypeError. Names, a closed store and an aborted signal are as for every method. In none of these cases is a chunk asked for.",
  async run(ctx) {
    await expectNoRequests(ctx, "writeObject() that is refused", async () => {
      for (const data of NO_DATA) {
        const what = `writeObject() of ${JSON.stringify(data) ?? data}`;
        const begin = () => writeObject(ctx, ctx.name(), data as ObjectData);
        await expectTypeError(ctx, begin, what);
      }
      await checkLocked(ctx);
      for (const size of NO_SIZES) await checkNoSize(ctx, size);
    });
    const sources: Source[] = [];
    await expectRefusals(ctx, "writeObject", (name, options, store) => {
      const source = makeSource(ctx.bytes(10));
      sources.push(source);
      return writeObject(ctx, name, source.stream, options, store);
    });
    const pulls = sources.reduce((sum, source) => sum + source.pulls, 0);
    expect(ctx, pulls === 0, {
      expected: "nothing is read of a stream whose write is refused",
      observed: `${pulls} chunks were asked for`,
    });
  },
}];

async function checkLocked(ctx: CaseContext): Promise<void> {
  const stream = streamOf(ctx.bytes(10));
  const reader = stream.getReader();
  const what = "writeObject() of a stream that is locked";
  const begin = () => writeObject(ctx, ctx.name(), stream);
  await expectTypeError(ctx, begin, what);
  // It belongs to who has locked it.
  const { value } = await reader.read();
  expect(ctx, value?.length === ctx.bytes(10).length, {
    expected: `${what}: its reader still has it`,
    observed: "it was taken away",
  });
}

async function checkNoSize(ctx: CaseContext, size: unknown): Promise<void> {
  const what = `writeObject() with ${String(size)} as the size`;
  const options = { size } as WriteObjectOptions;
  for (const data of [ctx.bytes(1), makeSource(ctx.bytes(1)).stream]) {
    const begin = () => writeObject(ctx, ctx.name(), data, options);
    const writing = start(ctx, begin, what);
    const error = await expectRejection(ctx, writing, what);
    if (error instanceof RangeError || error instanceof TypeError) continue;
    throw ctx.fail({
      expected: `${what} rejects with a RangeError`,
      observed: `it rejected with ${describeError(error)[0]}`,
      evidence: [errorChain(error)],
    });
  }
}
