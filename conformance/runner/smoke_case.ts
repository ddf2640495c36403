import { expectBytes, expectEqual } from "../checks/expect.ts";
import type { Case } from "../model/case.ts";

/**
 * One round trip, which goes before all other cases. It is no case of the
 * catalogue: what it checks PUT-1, SIZ-1 and GET-1 check as well, but where
 * it fails nearly everything would, and one failure says more than many.
 */
export const smokeCase: Case = {
  id: "SMOKE-1",
  clauses: [8],
  level: "must",
  title: "one object goes up, has its size, and comes back",
  explain:
    "A smoke check before the other cases, which all need a store that can do this much. Look at what `open` of the harness gives the store (address, bucket, credentials, `ctx.prefix`), and whether the service answers at all.",
  async run(ctx) {
    const name = ctx.name("smoke");
    const bytes = ctx.bytes(1000);
    await ctx.given(name, bytes);
    const size = await ctx.store.getObjectSize(name);
    expectEqual(ctx, size, bytes.length, "the size of the object", {
      clause: 6,
    });
    expectBytes(ctx, await ctx.fetch(name), bytes, "the object that came back");
  },
};
