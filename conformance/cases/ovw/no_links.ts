import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectCode, expectEqual, expectReason } from "../../checks/expect.ts";
import { holdTogether } from "../shared/hold_together.ts";
import { expectFile } from "../shared/expect_file.ts";
import { at, plant } from "../shared/landing.ts";

const AT_ONCE = 16;

/** The part of group OVW for file systems without hard links. */
export const ovwNoLinkCases: readonly Case[] = [
  {
    id: "OVW-10",
    clauses: [11],
    level: "must",
    needs: ["noLinkDevice"],
    title: "without hard links a download still never replaces a file",
    explain:
      "Where `link` does not work the name is reserved by exclusive creation. Of 16 downloads to one path exactly one wins, and a reservation does not outlive a failure.",
    async run(ctx) {
      const device = ctx.devices.noLinkDevice ?? "";
      const directory = await fs.mkdtemp(join(device, "conformance-"));
      try {
        await checkWithoutLinks(ctx, directory);
      } finally {
        const remove = () => fs.rm(directory, { recursive: true, force: true });
        // A store that calls back too late makes files meanwhile.
        await remove().catch(remove);
      }
    },
  },
];

async function checkWithoutLinks(
  ctx: CaseContext,
  directory: string,
): Promise<void> {
  await checkIsWithoutLinks(ctx, directory);
  const objects = new Map<string, Uint8Array>();
  for (let i = 0; i < AT_ONCE; i++) {
    const [name, bytes] = [ctx.name(), ctx.bytes(20_011 + 17 * i, i)];
    await ctx.given(name, bytes);
    objects.set(name, bytes);
  }
  const [name = "", bytes = new Uint8Array()] = [...objects][0] ?? [];
  const file = join(directory, "file");
  const what = "on a file system without hard links, a download";

  await plant(file, "old");
  await expectCode(ctx, ctx.download(name, file), "FILE_EXISTS", what);
  await expectFile(ctx, file, new TextEncoder().encode("old"), what, {
    clause: 11,
  });
  await ctx.download(name, file, { overwrite: true });
  await expectFile(ctx, file, bytes, `${what} with overwrite: true`);

  const late = join(directory, "late");
  let hasAppeared = false;
  const moment = at(ctx, "last", async () => {
    hasAppeared = await fs.writeFile(late, "late", { flag: "wx" })
      // The store has reserved the name already, so nobody else can take it.
      .then(() => true, () => false);
  });
  const download = ctx.download(name, late, { callback: moment.callback });
  await download.catch(() => {});
  await moment.check(what, download);
  if (hasAppeared) {
    await expectCode(ctx, download, "FILE_EXISTS", what);
    await expectFile(ctx, late, new TextEncoder().encode("late"), what, {
      clause: 11,
    });
  } else {
    await download;
    await expectFile(ctx, late, bytes, what);
  }

  const failed = join(directory, "failed");
  const reason = new Error("the caller has had enough");
  const callback = () => Promise.reject(reason);
  await expectReason(
    ctx,
    ctx.download(name, failed, { callback }),
    reason,
    `${what} whose callback rejects`,
    { clause: 20 },
  );
  await checkRace(ctx, directory, objects);
  const left = (await fs.readdir(directory)).sort().join();
  expectEqual(ctx, left, "file,late,race", "what is left beside the files", {
    clause: 14,
  });
}

async function checkIsWithoutLinks(
  ctx: CaseContext,
  directory: string,
): Promise<void> {
  const probe = join(directory, "probe");
  await fs.writeFile(probe, "");
  const canLink = await fs.link(probe, `${probe}-2`).then(
    () => true,
    () => false,
  );
  await fs.rm(probe);
  if (canLink) throw ctx.broken("the harness's 'noLinkDevice' has hard links");
}

async function checkRace(
  ctx: CaseContext,
  directory: string,
  objects: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const path = join(directory, "race");
  const names = [...objects.keys()];
  const callback = holdTogether(AT_ONCE);
  const downloads = names.map((name) => ctx.download(name, path, { callback }));
  const outcomes = await Promise.allSettled(downloads);
  const winners = names.filter((_, i) => outcomes[i]?.status === "fulfilled");
  expectEqual(
    ctx,
    winners.length,
    1,
    "how many of 16 downloads to one path win",
  );
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled" || downloads[i] === undefined) continue;
    await expectCode(ctx, downloads[i], "FILE_EXISTS", "each other download");
  }
  const bytes = objects.get(winners[0] ?? "") ?? new Uint8Array();
  await expectFile(ctx, path, bytes, "the winner's file");
}
