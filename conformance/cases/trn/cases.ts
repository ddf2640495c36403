import { join } from "node:path";
import * as fs from "node:fs/promises";
import type { Case } from "../../model/case.ts";
import { expectCode, expectLocalError } from "../../checks/expect.ts";
import { inOrder } from "../shared/in_order.ts";
import { trnBodyCases } from "./body.ts";
import { trnConnectionCases } from "./connection.ts";
import { trnEndlessCases } from "./endless.ts";
import { trnLimitsCases } from "./limits.ts";
import { trnPackedCases } from "./packed.ts";
import { trnPieceCases } from "./piece.ts";
import { trnRangeCases } from "./ranges.ts";
import { trnRecoveryCases } from "./recovery.ts";
import { trnRefusedCases } from "./refused.ts";
import { trnSlowCases } from "./slow.ts";
import { trnSlowUploadCases } from "./slow_upload.ts";
import { trnStatusCases } from "./status.ts";
import { trnSweepCases } from "./sweep.ts";
import { trnUploadCases } from "./upload.ts";

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
  trnRefusedCases,
  trnSlowCases,
  trnPieceCases,
  trnRangeCases,
  trnEndlessCases,
  trnPackedCases,
  trnSlowUploadCases,
);
