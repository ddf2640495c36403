import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import type { Case } from "../../model/case.ts";
import { expectFile } from "../shared/expect_file.ts";
import { plant } from "../shared/landing.ts";

/** The case of group ATM about what killed processes leave. */
export const atmLeftoverCases: readonly Case[] = [
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
];

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
