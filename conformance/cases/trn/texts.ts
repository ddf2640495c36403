import { join } from "@std/path/join";
import * as fs from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectCode, expectLocalError } from "../../checks/expect.ts";
import { Operations } from "../shared/wire_operations.ts";
import { expectTransient } from "../shared/wire_outcomes.ts";
import { expectPermanent } from "./permanent.ts";

/** Words of transient failures, each in one path segment. */
const TRANSIENT_WORDS = "503 timeout SlowDown ECONNRESET";
/** Words by which a store could take one failure for another. */
const OTHER_WORDS = [
  TRANSIENT_WORDS,
  "ETIMEDOUT socket hang up 429 Throttling connection reset",
  "NoSuchBucket bucket does not exist container not found",
  "AccessDenied 403 permission denied Forbidden",
];
/** Statuses that no second attempt mends. */
const PERMANENT = [400, 403, 404];
const SAYS_TRANSIENT =
  "timeout: connection reset (ECONNRESET), SlowDown, 503 Service Unavailable, try again";
const SAYS_PERMANENT =
  "404 not found: NoSuchBucket, the bucket does not exist; AccessDenied, 403 permission denied";

/** The part of group TRN about texts that mislead. */
export const trnTextCases: readonly Case[] = [
  {
    id: "TRN-7",
    clauses: [25],
    level: "must",
    title: "what is transient is decided by structure, not by the text",
    explain:
      "A missing object is missing, whatever its name says: a store that looks for `503`, `timeout` or `bucket` in a message, which quotes the name, tries again for nothing or tells a wrong story. The same holds for the paths of local files.",
    async run(ctx) {
      for (const words of OTHER_WORDS) await expectMissing(ctx, words);
      for (const words of OTHER_WORDS) await expectLocal(ctx, words);
    },
  },
  {
    id: "TRN-23",
    clauses: [24, 25],
    level: "must",
    needs: ["upstream"],
    timeoutMs: 600_000,
    title: "what an answer means is not decided by its message",
    explain:
      "Refusals (400, 403, 404) whose message speaks of timeouts and of trying again, and a 503 that speaks of a missing bucket and of permissions. Status and code decide; the message is for people. A dialect whose `errorBody` takes no message leaves it out.",
    async run(ctx) {
      const operations = new Operations(ctx);
      const all = await operations.all();
      for (const status of PERMANENT) {
        const message = SAYS_TRANSIENT;
        await expectPermanent(ctx, { status, match: {}, message }, all);
      }
      await expectTransient(
        ctx,
        { action: { kind: "status", status: 503, message: SAYS_PERMANENT } },
        all,
        {
          what: `while answers are 503 and say ${
            JSON.stringify(SAYS_PERMANENT)
          }`,
        },
      );
    },
  },
];

/** Fails the case unless objects that are missing are just that, whatever their names say. */
async function expectMissing(ctx: CaseContext, words: string): Promise<void> {
  for (const name of [words.replaceAll(" ", "-"), words, `${words}/500`]) {
    const codes = ["OBJECT_NOT_FOUND"];
    if (ctx.expectName(name) !== "keeps") codes.push("INVALID_OBJECT_NAME");
    const quoted = JSON.stringify(name);
    const size = ctx.store.getObjectSize(name);
    await expectCode(ctx, size, codes, `getObjectSize(${quoted})`);
    const path = join(ctx.root, "no");
    const what = `the download of ${quoted}`;
    await expectCode(ctx, ctx.download(name, path), codes, what);
  }
}

/** Fails the case unless local files that are missing, in the way or no files are just that. */
async function expectLocal(ctx: CaseContext, words: string): Promise<void> {
  const name = words.replaceAll(" ", "-");
  const upload = ctx.store.uploadObject(name, join(ctx.scratch, words));
  await expectLocalError(ctx, upload, `an upload of no file "${words}"`);
  const directory = join(ctx.scratch, `directory ${words}`);
  await fs.mkdir(directory, { recursive: true });
  const notFile = ctx.store.uploadObject(name, directory);
  await expectLocalError(ctx, notFile, `an upload of a directory "${words}"`);
  await ctx.given(name, ctx.bytes(500));
  const occupied = ctx.at(words);
  await fs.writeFile(occupied, "mine");
  const download = ctx.download(name, occupied);
  const what = `the download to an existing file "${words}"`;
  await expectCode(ctx, download, "FILE_EXISTS", what);
  const below = ctx.download(name, join(occupied, "below"));
  await expectLocalError(ctx, below, `a download below a file "${words}"`);
}
