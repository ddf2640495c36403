import type { Case, CaseContext } from "../../model/case.ts";
import { describeError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expectBytes,
  expectEqual,
  expectRejection,
} from "../../checks/expect.ts";
import type { ReadObjectOptions } from "../../../src/object_store.ts";
import { collect, readObject } from "../shared/powers.ts";
import { expectRefusals, start } from "../shared/refused_calls.ts";
import { severalReports } from "../shared/size_grid.ts";
import { expectNoRequests } from "../shared/wire.ts";

const { MAX_SAFE_INTEGER } = Number;
const NO_NUMBERS: readonly unknown[] = [
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  "1",
  {},
];

/** Parts of an object: a part of group REA. */
export const reaRangeCases: readonly Case[] = [{
  id: "REA-2",
  clauses: [31],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 60_000,
  title: "a range has exactly its bytes, whatever its edges",
  explain:
    "From the first byte, from the last, at the end and beyond it (no bytes, which is no error), of no length, longer than what is left, and beyond what 32 bits can tell; of an empty object, of a small one, and around the ends of parts. `size` is always the whole object's. Services answer 416 beyond the end, and give the whole for a range that they do not understand.",
  async run(ctx) {
    const { partSize, largestObject } = ctx.limits;
    const part = partSize ?? 64 * 1024;
    const large = Math.min(2 * part + 4_321, largestObject);
    for (const size of [0, 1, 10_007, severalReports(ctx), large]) {
      const bytes = ctx.bytes(size, size);
      const name = ctx.name();
      await ctx.given(name, bytes);
      for (const range of rangesOf(bytes.length, part)) {
        await checkRange(ctx, name, bytes, range);
      }
    }
  },
}, {
  id: "REA-3",
  clauses: [31, 1, 17],
  level: "must",
  capabilities: ["read"],
  title: "what readObject cannot take is refused before any I/O",
  explain:
    "An offset or a length that is negative, a fraction, NaN, infinite or no number is a RangeError (a TypeError will do), also where the object is missing. Names, a closed store and an aborted signal are as for every method.",
  async run(ctx) {
    const name = ctx.name("missing");
    const refused = "readObject() of a range that is none";
    await expectNoRequests(ctx, refused, async () => {
      for (const value of NO_NUMBERS) {
        for (const key of ["offset", "length"]) {
          await checkNoNumber(ctx, name, key, value);
        }
      }
    });
    await expectRefusals(
      ctx,
      "readObject",
      (name, options, store) => readObject(ctx, name, options, store),
    );
  },
}];

function rangesOf(size: number, part: number): ReadObjectOptions[] {
  const half = size >> 1;
  const last = Math.max(0, size - 1);
  const pairs: readonly (readonly [number, number?])[] = [
    [0],
    [0, 0],
    [0, 1],
    [0, size],
    [0, size + 1],
    [0, MAX_SAFE_INTEGER],
    [1],
    [1, last],
    [1, size],
    [half],
    [half, 0],
    [half, 1],
    [half, 4_096],
    [last],
    [last, 1],
    [last, 100],
    [size],
    [size, 1],
    [size + 1],
    [size + 1_000_000, 5],
    [MAX_SAFE_INTEGER],
    [MAX_SAFE_INTEGER, MAX_SAFE_INTEGER],
    // The last of what 31, 32 and 33 bits can be is not the last of what a number can.
    ...[31, 32, 33].map((bits) => [2 ** bits + half, 100] as const),
    [half, 2 ** 31 + 1],
    [half, 2 ** 32],
    [part - 1, 2],
    [part, 1],
    [part - 3, part + 7],
  ];
  return [
    { length: half },
    // As if they were not given.
    { offset: half, length: undefined } as unknown as ReadObjectOptions,
    { offset: undefined, length: half } as unknown as ReadObjectOptions,
    ...pairs.map(([offset, length]) =>
      length === undefined ? { offset } : { offset, length }
    ),
  ];
}

async function checkRange(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
  range: ReadObjectOptions,
): Promise<void> {
  const what = `${JSON.stringify(range)} of ${bytes.length} bytes`;
  const { offset = 0, length = Infinity } = range;
  const content = await ctx.within(20_000, readObject(ctx, name, range), what);
  expectEqual(ctx, content.size, bytes.length, `the size told of ${what}`);
  const found = await collect(ctx, content.stream.getReader(), what);
  const wanted = bytes.subarray(offset, offset + length);
  expectBytes(ctx, found, wanted, `the range ${what}`);
}

async function checkNoNumber(
  ctx: CaseContext,
  name: string,
  key: string,
  value: unknown,
): Promise<void> {
  const what = `readObject() with ${String(value)} as its ${key}`;
  const options = { [key]: value } as ReadObjectOptions;
  const reading = start(ctx, () => readObject(ctx, name, options), what);
  const error = await expectRejection(ctx, reading, what);
  if (error instanceof RangeError || error instanceof TypeError) return;
  throw ctx.fail({
    expected: `${what} rejects with a RangeError`,
    observed: `it rejected with ${describeError(error)[0]}`,
    evidence: [errorChain(error)],
  });
}
