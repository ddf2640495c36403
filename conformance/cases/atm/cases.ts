import * as fs from "node:fs/promises";
import { basename } from "@std/path/basename";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectRejection } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { atmDiscardCases } from "./discard.ts";
import { atmFullDiskCases } from "./full_disk.ts";
import { atmLeftoverCases } from "./leftovers.ts";
import { atmProcessCases } from "./process.ts";
import { atmTornReadCases } from "./torn_read.ts";
import { atmTornWriteCases } from "./torn_write.ts";
import { failingScript, type ScriptPlace } from "./failing_script.ts";
import { failingScriptOnWire } from "./failing_script_on_wire.ts";
import { expectFile } from "../shared/expect_file.ts";
import { hasHardLinks, plant } from "../shared/landing.ts";
import { watchPath } from "../shared/watch_path.ts";
import { underFaults } from "../shared/wire.ts";

/** More than any store moves at once, and odd. */
const BIG = 9 * 1024 * 1024 + 1_237;

/** The cases of group ATM: nothing is ever half there. */
export const atmCases: readonly Case[] = [
  {
    id: "ATM-1",
    clauses: [12, 11, 14],
    level: "must",
    title: "the destination is absent or old until it is complete",
    explain:
      "Write to a temporary file beside the destination and rename or link it at the end. Whoever opens the path in between must see the old file, not a part, and with overwrite: true never nothing.",
    timeoutMs: 90_000,
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(BIG, 1);
      await ctx.given(name, bytes);
      const mayReserve = !await hasHardLinks(ctx);
      for (let round = 0; round < 2; round++) {
        for (const overwrite of [false, true]) {
          const path = ctx.at(`file-${round}-${overwrite}`);
          const old = ctx.bytes(3_001 + round, 10 + round);
          if (overwrite) await plant(path, old);
          const watcher = watchPath(path, {
            old: overwrite ? old : undefined,
            new: bytes,
            mayReserve: mayReserve && !overwrite,
          });
          const { callback } = watcher;
          const download = ctx.download(name, path, { overwrite, callback });
          await watcher.until(download);
          await download;
          watcher.look();
          await expectFile(ctx, path, bytes, `a download to ${path}`);
          const what =
            `the destination of a download with overwrite: ${overwrite}`;
          expect(ctx, watcher.wrong === undefined, {
            expected: `${what} is ${
              overwrite ? "the old file" : "absent"
            } until it is the complete object`,
            observed: watcher.wrong ?? "",
            clause: overwrite ? 12 : 14,
          });
          await fs.rm(path);
        }
      }
    },
  },
  {
    id: "ATM-2",
    clauses: [14],
    level: "must",
    title: "operations that fail leave the destination's directory as it was",
    explain:
      "After each operation of a fixed script that fails, by itself or by the wire, the recursive listing is identical: no temporary file, no directory, no changed file.",
    timeoutMs: 60_000,
    async run(ctx) {
      const place = await prepareScript(ctx);
      const before = await snapshot(ctx.root);
      for (const { what, clause, run } of failingScript(place)) {
        await expectRejection(ctx, run(ctx.store), what, { clause });
        await expectUntouched(ctx, ctx.root, before, what);
      }
      if (ctx.wire === undefined) return;
      for (const { what, clause, rules, run } of failingScriptOnWire(place)) {
        const { outcome } = await underFaults(
          ctx,
          rules,
          () => run(ctx.store),
          what,
        );
        const rejected = outcome.status === "rejected"
          ? Promise.reject(outcome.reason)
          : Promise.resolve();
        await expectRejection(ctx, rejected, what, { clause });
        await expectUntouched(ctx, ctx.root, before, what);
      }
    },
  },
  ...atmProcessCases,
  ...atmLeftoverCases,
  ...atmTornReadCases,
  ...atmTornWriteCases,
  ...atmDiscardCases,
  ...atmFullDiskCases,
];

/** Makes what {@linkcode failingScript} needs below the case's root. */
async function prepareScript(ctx: CaseContext): Promise<ScriptPlace> {
  const name = ctx.name();
  await ctx.given(name, ctx.bytes(400_009, 1));
  await plant(ctx.at("existing"), ctx.bytes(501, 2));
  await fs.mkdir(ctx.at("dir"));
  await plant(ctx.at("dir", basename(name)), ctx.bytes(502, 3));
  return {
    root: ctx.root,
    name,
    missing: ctx.name("missing"),
    source: await ctx.source(ctx.bytes(400_033, 4)),
    scratch: ctx.scratch,
  };
}
