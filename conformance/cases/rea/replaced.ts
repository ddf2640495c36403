import type { CaseContext } from "../../model/case.ts";
import {
  checkCode,
  expectBytes,
  firstDifference,
} from "../../checks/expect.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { readObject, readOn, succeed } from "../shared/powers.ts";
import { BIG } from "../shared/transfers.ts";

/** REA-6: an object is replaced while it is read. */
export async function checkReplaced(ctx: CaseContext): Promise<void> {
  // A handle of its own: the reader may hold the only connection of the other.
  const other = await ctx.secondHandle();
  const size = Math.min(BIG, ctx.limits.largestObject);
  for (const newSize of [size, Math.floor(size / 3), size + 100_003]) {
    for (const when of ["before the first byte", "in the middle"] as const) {
      const name = ctx.name("replaced");
      const before = ctx.bytes(size, `before ${name}`);
      const after = ctx.bytes(newSize, `after ${name}`);
      await ctx.given(name, before);
      const content = await readObject(ctx, name);
      const reader = content.stream.getReader();
      const what = `a stream of ${size} bytes, replaced by ${newSize} ${when}`;
      const chunks: Uint8Array[] = [];
      if (when === "in the middle") {
        const first = await succeed(ctx, reader.read(), what);
        if (first.value) chunks.push(first.value);
      }
      await ctx.given(name, after, other);
      const { bytes, failure } = await readOn(ctx, reader, what);
      if (failure) {
        checkCode(ctx, failure.error, "TRANSIENT", what);
        continue;
      }
      const found = concatenate([...chunks, bytes]);
      const isNew = content.size === after.length &&
        firstDifference(found, after) === undefined;
      if (!isNew) expectBytes(ctx, found, before, what);
    }
  }
}
