import type { Case, CaseContext } from "../../model/case.ts";

/** An object that a digest of one piece leaves the middle of. */
const LARGE = 300_007;
const SMALL = 2_003;
/** Bits that may be added (XOR) anywhere without a change of the CRC-32: its polynomial. */
const CRC32_POLYNOMIAL = [0x41, 0x06, 0x71, 0xdb, 0x01];

/** The part of group PUT about objects that are nearly the same. */
export const putAlikeCases: readonly Case[] = [{
  id: "PUT-13",
  clauses: [8],
  level: "must",
  title: "objects that differ in a few bytes are kept apart",
  explain:
    "One byte is another, or two have changed places, at the beginning, in the middle or at the end, also so that size, sum and CRC-32 stay as they were; each variant is stored under a name of its own, and one after the other under one name. If this fails, look for equal contents that are stored once, or an upload that is left out, judged by size, by the first and last bytes or by a short checksum: only a cryptographic digest of all bytes tells.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (const size of [SMALL, LARGE]) {
      const all = alike(ctx.bytes(size, size));
      const names = all.map(() => ctx.name("alike"));
      const one = ctx.name("one");
      for (const [index, { bytes }] of all.entries()) {
        await ctx.upload(names[index]!, bytes);
      }
      for (const [index, { what, bytes }] of all.entries()) {
        await ctx.expectObject(
          names[index]!,
          bytes,
          `of ${size} bytes ${what}`,
        );
      }
      for (const { what, bytes } of all) {
        await ctx.upload(one, bytes);
        await expectReplaced(ctx, one, bytes, what);
      }
    }
  },
}];

async function expectReplaced(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
  what: string,
): Promise<void> {
  const when = `after an upload that replaces an object nearly the same`;
  await ctx.expectObject(name, bytes, `${when}, ${what}`);
}

/** Bytes, and those that differ from them in one place. */
function alike(
  bytes: Uint8Array,
): { what: string; bytes: Uint8Array<ArrayBuffer> }[] {
  const variants = [{ what: "the first ones", bytes: bytes.slice() }];
  const places = [["first", 0], ["middle", 0.5], ["last", 1]] as const;
  for (const [where, fraction] of places) {
    const at = Math.floor(fraction * (bytes.length - 1));
    const changed = bytes.slice();
    changed[at]! ^= 1;
    variants.push({ what: `the ${where} byte another`, bytes: changed });
  }
  const half = bytes.length >> 1;
  variants.push({
    what: "two bytes in each other's place",
    bytes: exchange(bytes, half),
  });
  const sameCrc = bytes.slice();
  for (const [index, bits] of CRC32_POLYNOMIAL.entries()) {
    sameCrc[half + index]! ^= bits;
  }
  variants.push({ what: "the same CRC-32", bytes: sameCrc });
  return variants;
}

/** The first two different neighbours from a place on, exchanged. */
function exchange(bytes: Uint8Array, from: number): Uint8Array<ArrayBuffer> {
  const exchanged = bytes.slice();
  let at = from;
  while (at < bytes.length - 2 && bytes[at] === bytes[at + 1]) at++;
  exchanged[at] = bytes[at + 1]!;
  exchanged[at + 1] = bytes[at]!;
  return exchanged;
}
