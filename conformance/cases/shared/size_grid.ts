import type { CaseContext } from "../../model/case.ts";

/** Bytes to store, and what is special about them. */
export interface GridEntry {
  /** In a few words. */
  readonly what: string;
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const KIB = 1024;
const SIZES = [
  0,
  1,
  255,
  4 * KIB - 1,
  4 * KIB,
  4 * KIB + 1,
  64 * KIB - 1,
  64 * KIB,
  64 * KIB + 1,
  128 * KIB,
  256 * KIB,
  512 * KIB,
  KIB * KIB,
  KIB * KIB + 1,
];
/** The sizes of a part, in MiB, that most stores have; not every harness tells its own. */
const USUAL_PARTS = [4, 5, 8];

/** Objects around the sizes at which buffers end, each with bytes of its own, as large as the store takes. */
export function sizeGrid(ctx: CaseContext): GridEntry[] {
  return SIZES.map((size, index) => {
    const bytes = ctx.bytes(size, index);
    return { what: `an object of ${bytes.length} bytes`, bytes };
  });
}

/** Objects of exactly a part where parts have one of the usual sizes, as far as the store takes so much. */
export function partGrid(ctx: CaseContext): GridEntry[] {
  return USUAL_PARTS.map((part) => part * KIB * KIB)
    .filter((size) => size <= ctx.limits.largestObject)
    .map((size) => ({
      what: `an object of ${size} bytes`,
      bytes: ctx.bytes(size, size),
    }));
}

/** Objects whose bytes a text mode, a decoder or a trimmer would damage. */
export function contentGrid(ctx: CaseContext): GridEntry[] {
  const every = Uint8Array.from({ length: 512 }, (_, index) => index);
  const lines = new TextEncoder().encode(
    "\ufeffone\r\ntwo\nthree\rfour\0five\x1asix\n\n",
  );
  const zeros = new Uint8Array(8 * KIB + 3);
  const padded = new Uint8Array(4 * KIB);
  padded.set(ctx.bytes(100, "padded"), KIB);
  const invalid = Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x80);
  return [
    { what: "every byte value, twice", bytes: every },
    { what: "line breaks, a byte order mark, NUL and 0x1a", bytes: lines },
    { what: "nothing but zeros", bytes: zeros },
    { what: "zeros before and after", bytes: padded },
    { what: "bytes that are no UTF-8", bytes: invalid },
  ].filter(({ bytes }) => bytes.length <= ctx.limits.largestObject);
}

/** A size of several progress reports and an odd number of bytes, so that a transfer has a middle. */
export function severalReports({ limits }: CaseContext): number {
  const step = Math.min(limits.progressGranularity, 2 * KIB * KIB);
  return Math.min(3 * step + 4097, limits.largestObject);
}
