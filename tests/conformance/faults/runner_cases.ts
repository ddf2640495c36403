import type { Case } from "../../../conformance/mod.ts";

/** What the process of a case in `runner_test.ts` does. */
const cases: readonly Case[] = [{
  id: "TST-1",
  clauses: [25],
  level: "must",
  title: "a test",
  explain: "a test",
  run: () => Promise.resolve(),
  async child(ctx) {
    await using store = await ctx.open();
    await store.getObjectSize("missing").catch(() => {});
  },
}];

export default cases;
