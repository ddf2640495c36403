import * as fs from "node:fs/promises";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import { severalParts } from "../shared/transfers.ts";
import { expectHappened } from "../shared/earlier_failure.ts";

/** Parts of the bytes after which another program makes a file, and the download fails. */
const FRACTIONS = [0, 0.4, 1];
const SMALL = 2_003;

/** Way and moment in which a download fails. */
interface Failure {
  /** Label of the directory. */
  readonly label: string;
  /** Part of the bytes after which it happens. */
  readonly fraction: number;
  /** True if the signal ends the download; otherwise the callback throws. */
  readonly isAborted: boolean;
}

/** The part of group CON about files of other programs. */
export const conStrangerCases: readonly Case[] = [{
  id: "CON-9",
  clauses: [14],
  level: "must",
  timeoutMs: 120_000,
  title: "a failing download leaves what others have put beside it",
  explain:
    "While a download into a directory that is not there yet goes on, another program makes that directory and a file in it, and then the download fails. It may remove directories that it has made, and only while they are empty (`rmdir`, never a recursive removal); a file that has come meanwhile stays, with its bytes.",
  async run(ctx) {
    const sizes = [SMALL, severalParts(ctx)];
    for (const size of sizes) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(size, `${size}`));
      for (const fraction of FRACTIONS) {
        for (const isAborted of [false, true]) {
          const label = `${size}-${fraction}-${isAborted ? "abort" : "throw"}`;
          await failBesideStrangers(ctx, name, { label, fraction, isAborted });
        }
      }
    }
  },
}];

async function failBesideStrangers(
  ctx: CaseContext,
  name: string,
  { label, fraction, isAborted }: Failure,
): Promise<void> {
  const path = ctx.at(label, "new", "directory", "file");
  const theirs = [
    join(dirname(path), "theirs"),
    ctx.at(label, "new", "others", "theirs"),
  ];
  const controller = new AbortController();
  let hasHappened = false;
  const download = ctx.download(name, path, {
    signal: controller.signal,
    async callback(bytes, total) {
      if (hasHappened || bytes < fraction * total) return;
      hasHappened = true;
      for (const file of theirs) {
        await fs.mkdir(dirname(file), { recursive: true });
        await fs.writeFile(file, "theirs");
      }
      if (isAborted) controller.abort("aborted");
      else throw new Error("thrown by the callback");
    },
  });
  const what =
    `a download that fails after ${fraction} of its bytes (${label})`;
  const outcome = await ctx.within(25_000, settle(download), what);
  expectHappened(ctx, { hasHappened, what, clause: 10, outcome });
  // A download that came to its end all the same is another case's.
  for (const file of theirs) {
    const text = await fs.readFile(file, "utf8").catch((error) => `${error}`);
    expect(ctx, text === "theirs", {
      expected: `after ${what}, a file that another program made is there`,
      observed: text,
      clause: 14,
    });
  }
  // The rest of the case's directory has to be empty in the end.
  for (const file of theirs) await fs.rm(file);
  await fs.rm(ctx.at(label), { recursive: true });
}
