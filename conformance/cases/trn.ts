import { join } from "node:path";
import * as fs from "node:fs/promises";
import type { Case } from "../case.ts";
import { expectCode, expectLocalError } from "../expect.ts";
import { inOrder } from "./in_order.ts";
import { trnBodyCases } from "./trn_body.ts";
import { trnConnectionCases } from "./trn_connection.ts";
import { trnLimitsCases } from "./trn_limits.ts";
import { trnRecoveryCases } from "./trn_recovery.ts";
import { trnStatusCases } from "./trn_status.ts";
import { trnSweepCases } from "./trn_sweep.ts";
import { trnUploadCases } from "./trn_upload.ts";

const textCases: readonly Case[] = [
  {
    id: "TRN-7",
    clauses: [25],
    level: "must",
    title: "what is transient is decided by structure, not by the text",
    explain:
      "A missing object is missing, whatever its name says: a store that looks for `503` or `timeout` in a message, which quotes the name, tries again for nothing.",
    async run(ctx) {
      const text = "503 timeout SlowDown ECONNRESET";
      for (const name of [text.replaceAll(" ", "-"), text, `${text}/500`]) {
        const codes = ["OBJECT_NOT_FOUND"];
        if (ctx.expectName(name) !== "keeps") codes.push("INVALID_OBJECT_NAME");
        const quoted = JSON.stringify(name);
        const size = ctx.store.getObjectSize(name);
        await expectCode(ctx, size, codes, `getObjectSize(${quoted})`);
        const path = join(ctx.root, "no");
        const what = `the download of ${quoted}`;
        await expectCode(ctx, ctx.download(name, path), codes, what);
      }
      const name = text.replaceAll(" ", "-");
      const upload = ctx.store.uploadObject(name, join(ctx.scratch, text));
      await expectLocalError(ctx, upload, `an upload of no file "${text}"`);
      await ctx.given(name, ctx.bytes(500));
      const occupied = ctx.at(text);
      await fs.writeFile(occupied, "mine");
      const download = ctx.download(name, occupied);
      const what = `the download to an existing file "${text}"`;
      await expectCode(ctx, download, "FILE_EXISTS", what);
    },
  },
];

/** Group TRN: what is worth trying again, and what is then left. */
export const trnCases: readonly Case[] = inOrder(
  textCases,
  trnStatusCases,
  trnConnectionCases,
  trnBodyCases,
  trnUploadCases,
  trnRecoveryCases,
  trnSweepCases,
  trnLimitsCases,
);
