import * as fs from "node:fs/promises";
import { runCommand } from "../../../conformance/cli.ts";
import { tinyCase } from "../tiny_store.ts";

const cases = [
  tinyCase({
    id: "GOOD-1",
    async run(ctx) {
      await ctx.given("a", ctx.bytes(1));
      await ctx.fetch("a");
    },
  }),
  tinyCase({
    id: "GOOD-2",
    level: "should",
    run: (ctx) =>
      Promise.reject(ctx.fail({ expected: "more", observed: "less" })),
  }),
  tinyCase({
    id: "BAD-1",
    run: (ctx) => Promise.reject(ctx.fail({ expected: "x", observed: "y" })),
  }),
  tinyCase({ id: "LST-1", capabilities: ["list"] }),
  tinyCase({ id: "MOD-1", needs: ["module"] }),
  tinyCase({
    id: "HANG-1",
    explicit: true,
    async run(ctx) {
      await ctx.given("a", ctx.bytes(1));
      await fs.writeFile(`${ctx.place.directory}/x`, "");
      console.error(`hanging in ${ctx.place.directory}`);
      await new Promise((resolve) => setTimeout(resolve, 20_000));
    },
  }),
];

// The harness does not import this module: it would wait for its own caller.
if (import.meta.main) Deno.exit(await runCommand(Deno.args, cases));
