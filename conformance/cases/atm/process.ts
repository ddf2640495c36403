import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import { isNotFoundError } from "../../checks/error_chain.ts";
import { expect, expectEqual, settle } from "../../checks/expect.ts";
import { failingScript, type ScriptPlace } from "./failing_script.ts";
import { CUT_BODIES } from "./failing_script_on_wire.ts";
import { expectFile } from "../shared/expect_file.ts";
import { notSeen } from "../shared/other_process.ts";
import {
  moveLarge,
  readPart,
  writeStreams,
} from "../shared/large_transfers.ts";
import { hasHardLinks, look, plant } from "../shared/landing.ts";
import { BIG } from "../shared/transfers.ts";

/** The cases of group ATM that need a process of their own. */
export const atmProcessCases: readonly Case[] = [
  {
    id: "ATM-3",
    clauses: [14, 13],
    level: "must",
    needs: ["module"],
    title: "nothing is left in TMPDIR or the working directory",
    explain:
      "The script of ATM-2, downloads whose bodies end early, transfers that succeed or are aborted in their middle, small and large, and reads and writes without files, in a process with directories of its own. What comes into TMPDIR or the working directory must go again; what the store had put there before the script began is its own affair.",
    timeoutMs: 60_000,
    async run(ctx) {
      const place: ScriptPlace = {
        root: join(ctx.scratch, "landing"),
        name: ctx.name(),
        missing: ctx.name("missing"),
        source: await ctx.source(ctx.bytes(400_009, 1)),
        scratch: ctx.scratch,
      };
      const [tmp, cwd] = [join(ctx.scratch, "tmp"), join(ctx.scratch, "cwd")];
      for (const path of [place.root, join(place.root, "dir"), tmp, cwd]) {
        await fs.mkdir(path);
      }
      await plant(join(place.root, "existing"), ctx.bytes(501, 2));
      await plant(join(place.root, "dir", place.name), ctx.bytes(502, 3));
      const large = await ctx.source(ctx.bytes(BIG, 4));
      const powers = { read: ctx.has("read"), write: ctx.has("write") };
      const child = await ctx.child({ place, large, powers, tmp, cwd }, {
        cwd,
        env: { TMPDIR: tmp, TMP: tmp, TEMP: tmp },
      });
      await child.event("faultless");
      // Without a proxy these downloads succeed: nothing may be left then either.
      const faults = ctx.wire?.inject(CUT_BODIES);
      await child.send("faults");
      const seen = await child.event("new") as string[];
      await faults?.stop();
      await child.ended;
      expectEqual(
        ctx,
        seen.join(),
        "",
        "what the script has left in TMPDIR and the working directory",
        {
          hint:
            "temporary files belong beside the destination, and go on failure",
        },
      );
    },
    async child(child) {
      await runScript(child);
    },
  },
  {
    id: "ATM-4",
    clauses: [14],
    level: "must",
    capabilities: ["process"],
    needs: ["module"],
    title: "a process killed in mid-download leaves the path as it was",
    explain:
      "The process is killed while the callback holds its download. The destination is absent or old; a temporary file may stay, and the next download must neither trust it nor stumble over it.",
    timeoutMs: 60_000,
    async run(ctx) {
      if (!await hasHardLinks(ctx)) {
        throw ctx.unverified("without hard links a reservation may stay");
      }
      const [name, bytes] = [ctx.name(), ctx.bytes(3 * 1024 * 1024 + 7, 1)];
      await ctx.given(name, bytes);
      // Whatever a killed process leaves is judged below.
      ctx.allowResidue((path) => !path.endsWith("/final"));
      for (const when of ["first", "last"]) {
        for (const overwrite of [false, true]) {
          await checkKilled(ctx, { name, bytes, when, overwrite });
        }
      }
    },
    async child(child) {
      await downloadUntilKilled(child);
    },
  },
];

/** Runs the script; what was in the directories when it began is not looked at again. */
async function runScript(
  { input, open, emit, wait }: ChildContext,
): Promise<void> {
  const { place, large, powers, tmp, cwd } = input as {
    place: ScriptPlace;
    large: string;
    powers: { read: boolean; write: boolean };
    tmp: string;
    cwd: string;
  };
  const { name, source, root } = place;
  const list = async () => [
    ...(await fs.readdir(tmp)).map((entry) => `TMPDIR/${entry}`),
    ...(await fs.readdir(cwd)).map((entry) => `cwd/${entry}`),
  ];
  const store = await open();
  await store.uploadObject(name, source);
  const before = await list();
  await store.uploadObject(`${name}-more`, source);
  await store.downloadObject(name, join(root, "whole"));
  const spool = { store, root, name: `${name}-large`, source: large };
  await moveLarge(spool);
  if (powers.write) await writeStreams(spool);
  if (powers.read) await readPart(spool);
  for (const { run } of failingScript(place)) {
    // Whether it rejects is for ATM-2.
    await run(store).catch(() => {});
  }
  await emit("faultless");
  await wait("faults");
  for (const to of ["broken", "made/broken", "made/"]) {
    await store.downloadObject(name, join(root, to)).catch(() => {});
  }
  const during = await list();
  await store.close();
  const seen = [...during, ...await list()];
  await emit(
    "new",
    [...new Set(seen)].filter((path) => !before.includes(path)),
  );
}

interface Killed {
  name: string;
  bytes: Uint8Array;
  when: string;
  overwrite: boolean;
}

async function checkKilled(
  ctx: CaseContext,
  { name, bytes, when, overwrite }: Killed,
): Promise<void> {
  const label = `${when}-${overwrite}`;
  const [directory, path] = [ctx.at(label), ctx.at(label, "final")];
  await fs.mkdir(directory);
  const old = ctx.bytes(2_003, 2);
  if (overwrite) await plant(path, old);
  const child = await ctx.child({ name, path, when, overwrite });
  if (await child.event("found") === false) throw notSeen(ctx, name);
  if (await child.event("held") === false) {
    throw ctx.unverified(
      `the download resolved, and its callback had no ${when} call${
        when === "last" ? ", with the total," : ""
      } at which its process could be killed`,
    );
  }
  child.kill("SIGKILL");
  await child.ended;
  const what =
    `the destination of a download with overwrite: ${overwrite}, killed at its ${when} call,`;
  if (overwrite) {
    await expectFile(ctx, path, old, what, { clause: 14 });
  } else {
    expect(ctx, await look(path) === undefined, {
      expected: `${what} is absent`,
      observed: "something is there",
    });
  }
  await spoil(directory);
  await ctx.download(name, path, { overwrite });
  await expectFile(ctx, path, bytes, `${what} after the next download`);
}

/** Makes what was left wrong, so that a download that continues it shows. */
async function spoil(directory: string): Promise<void> {
  const entries = await fs.readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === "final") continue;
    const path = join(directory, entry.name);
    const { size } = await fs.stat(path);
    await fs.writeFile(path, new Uint8Array(size || 1).fill(0x2a));
  }
}

async function downloadUntilKilled(
  { input, open, emit, wait }: ChildContext,
): Promise<void> {
  const { name, path, when, overwrite } = input as Killed & { path: string };
  const store = await open();
  const size = await settle(store.getObjectSize(name));
  const isAbsent = size.status === "rejected" && isNotFoundError(size.reason);
  await emit("found", !isAbsent);
  if (isAbsent) return;
  let isHeld = false;
  await store.downloadObject(name, path, {
    overwrite,
    async callback(bytes, total) {
      if (isHeld || (when === "last" && bytes !== total)) return;
      isHeld = true;
      await emit("held");
      await wait("never");
    },
  });
  // Whoever waits for the moment is told that it does not come.
  if (!isHeld) await emit("held", false);
}
