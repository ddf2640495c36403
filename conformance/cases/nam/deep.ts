import type { CaseContext } from "../../model/case.ts";

/** Numbers of segments in a name: about as many as careless code tries again, and up to 512 bytes. */
const DEPTHS = [11, 12, 13, 60, 255];

/** NAM-16: each name is stored, replaced and read where nothing of it was before. */
export async function checkDeepNames(ctx: CaseContext): Promise<void> {
  for (const depth of DEPTHS) {
    // The first segment is another one each time, so that nothing above is there.
    const name = `d${depth}${"/d".repeat(depth - 2)}/e`;
    await ctx.expectNoObject(name, "nobody has uploaded it");
    const what = `a name of ${depth} segments`;
    for (const salt of ["first", "second"]) {
      const bytes = ctx.bytes(409, `${depth} ${salt}`);
      await ctx.given(name, bytes);
      await ctx.expectObject(name, bytes, `${what}, uploaded`);
    }
  }
}
