import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import type { Case, CaseContext } from "../case.ts";
import {
  expect,
  expectBytes,
  expectLocalError,
  expectRejection,
} from "../expect.ts";
import { expectUntouched, snapshot } from "../snapshot.ts";
import { atmProcessCases } from "./atm_process.ts";
import { atmDiscardCases } from "./atm_discard.ts";
import { atmTornReadCases } from "./atm_torn_read.ts";
import { atmTornWriteCases } from "./atm_torn_write.ts";
import { failingScript, type ScriptPlace } from "./failing_script.ts";
import { failingScriptOnWire } from "./failing_script_on_wire.ts";
import { expectFile, hasHardLinks, plant } from "./landing.ts";
import { watchPath } from "./watch_path.ts";
import { underFaults } from "./wire.ts";

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
          const what =
            `the destination of a download with overwrite: ${overwrite}`;
          expect(ctx, watcher.wrong === undefined, {
            expected: `${what} is ${
              overwrite ? "the old file" : "absent"
            } until it is the complete object`,
            observed: watcher.wrong ?? "",
            clause: overwrite ? 12 : 14,
          });
          await expectFile(ctx, path, bytes, what);
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
      for (const { what, run } of failingScript(place)) {
        await expectRejection(ctx, run(ctx.store), what, { clause: 14 });
        await expectUntouched(ctx, ctx.root, before, what);
      }
      if (ctx.wire === undefined) return;
      for (const { what, rules, run } of failingScriptOnWire(place)) {
        const { outcome } = await underFaults(
          ctx,
          rules,
          () => run(ctx.store),
          what,
        );
        const rejected = outcome.status === "rejected"
          ? Promise.reject(outcome.reason)
          : Promise.resolve();
        await expectRejection(ctx, rejected, what, { clause: 25 });
        await expectUntouched(ctx, ctx.root, before, what);
      }
    },
  },
  ...atmProcessCases,
  {
    id: "ATM-5",
    clauses: [14, 10],
    level: "must",
    title: "leftovers of killed processes are not trusted",
    explain:
      "A temporary file with a name that can be foretold and that is continued, or that stops the next download, makes wrong files or none. Take a fresh name, or begin anew.",
    timeoutMs: 60_000,
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(700_001, 1);
      await ctx.given(name, bytes);
      const seen = new Set<string>();
      for (const [round, share] of [0.5, 1, 1.5].entries()) {
        const label = "file";
        const directory = ctx.at(`round-${round}`);
        await fs.mkdir(directory);
        const leftovers = [...plausibleLeftovers(label, name, bytes), ...seen];
        const size = Math.floor(bytes.length * share) + round;
        for (const leftover of new Set(leftovers)) {
          const path = ctx.at(`round-${round}`, leftover);
          await plant(path, new Uint8Array(size).fill(0x2a + round));
        }
        const path = ctx.at(`round-${round}`, label);
        const planted = new Set(leftovers);
        for (const overwrite of [false, true]) {
          await ctx.download(name, path, {
            overwrite,
            async callback() {
              // What the store itself makes is planted the next time.
              for (const entry of await fs.readdir(directory)) {
                if (entry !== label && !planted.has(entry)) seen.add(entry);
              }
            },
          });
          const what = `the file beside leftovers of ${size} bytes`;
          await expectFile(ctx, path, bytes, what);
        }
      }
    },
  },
  ...atmTornReadCases,
  ...atmTornWriteCases,
  ...atmDiscardCases,
  {
    id: "ATM-10",
    clauses: [12, 14],
    level: "should",
    needs: ["smallDevice"],
    exclusive: true,
    title: "a full disk leaves the old file, and no temporary one",
    explain:
      "ENOSPC comes while the temporary file is written or when it is published. It is a local error, the old file stays, and the space is given back.",
    timeoutMs: 60_000,
    async run(ctx) {
      const directory = await fs.mkdtemp(
        join(ctx.devices.smallDevice ?? "", "conformance-"),
      );
      try {
        await checkFullDisk(ctx, directory);
      } finally {
        await fs.rm(directory, { recursive: true, force: true });
      }
    },
  },
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

function plausibleLeftovers(
  file: string,
  name: string,
  bytes: Uint8Array,
): string[] {
  const etag = createHash("md5").update(bytes).digest("hex");
  const endings = [
    "part",
    "tmp",
    "temp",
    "partial",
    "download",
    "crdownload",
    "incomplete",
    "0",
    "1",
    `${etag}.part.minio`,
    "part.minio",
  ];
  return [
    ...endings.flatMap((ending) => [
      `${file}.${ending}`,
      `.${file}.${ending}`,
      `${name}.${ending}`,
    ]),
    `${file}~`,
    `~${file}`,
    `.${file}`,
    `tmp-${file}`,
    `.tmp-${file}`,
  ];
}

async function checkFullDisk(
  ctx: CaseContext,
  directory: string,
): Promise<void> {
  const [name, bytes] = [ctx.name(), ctx.bytes(2 * 1024 * 1024 + 11, 1)];
  if (bytes.length < 1024 * 1024) {
    throw ctx.unverified("the store's objects are too small to fill a disk");
  }
  await ctx.given(name, bytes);
  const old = ctx.bytes(5_003, 2);
  await plant(join(directory, "file"), old);
  await fillUp(join(directory, "filler"));
  const before = await snapshot(directory);
  for (const to of ["file", "new", "made/for/it"]) {
    const what = `a download to "${to}" on a full disk`;
    const download = ctx.download(name, join(directory, to), {
      overwrite: true,
    });
    await expectLocalError(ctx, download, what);
    await expectUntouched(ctx, directory, before, what);
  }
  const file = await fs.readFile(join(directory, "file"));
  expectBytes(ctx, file, old, "the old file on the full disk");
}

/** Leaves less than 256 KiB. */
async function fillUp(path: string): Promise<void> {
  const handle = await fs.open(path, "wx");
  const piece = new Uint8Array(128 * 1024).fill(0x55);
  try {
    for (let at = 0; at < 64 * 1024 * 1024; at += piece.length) {
      const { bytesWritten } = await handle.write(piece);
      if (bytesWritten < piece.length) break;
    }
  } catch {
    // It is full now.
  } finally {
    await handle.close();
  }
}
