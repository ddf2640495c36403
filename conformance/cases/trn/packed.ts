import { gzipSync } from "node:zlib";
import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expectEqual, settle } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { expectFile } from "../shared/expect_file.ts";
import { expectNoEntry, quiet } from "../shared/transfers.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Bytes of the text that is packed. */
const UNPACKED = 40_000;
/** Bytes of the object that only says that it is packed. */
const MISLABELLED = 5_000;
/** Codes for an object that a store cannot give as it is stored. */
const CODES = ["TRANSIENT", "OTHER"];

/** Objects that are stored packed: a part of group TRN. */
export const trnPackedCases: readonly Case[] = [{
  id: "TRN-21",
  clauses: [8, 6, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "an object that is stored packed comes as it is stored, or not at all",
  explain:
    "The service says `Content-Encoding: gzip` of an object, as S3 does of one that was stored with it: once of one that is packed, once of one that is not. Its size is that of the stored bytes, and a download brings these very bytes, or either is refused as TRANSIENT or OTHER. Look for an HTTP client that unpacks by itself (`fetch` does unless it is asked for `Accept-Encoding: identity`, in some runtimes always), so that the file is another one, or is cut to the announced length.",
  async run(ctx) {
    const text = "All work and no play makes a store a dull store.\n";
    const unpacked = text.repeat(Math.ceil(UNPACKED / text.length));
    await checkEncoded(ctx, new Uint8Array(gzipSync(unpacked)), "packed");
    await checkEncoded(ctx, ctx.bytes(MISLABELLED), "only labelled as packed");
  },
}];

async function checkEncoded(
  ctx: CaseContext,
  bytes: Uint8Array<ArrayBuffer>,
  kind: string,
): Promise<void> {
  const name = ctx.name("packed");
  await ctx.given(name, bytes);
  const rule: FaultRule = {
    match: { method: ["GET", "HEAD"] },
    action: { kind: "add-headers", headers: { "content-encoding": "gzip" } },
    // Objects may be asked for in another way.
    optional: true,
  };
  await disposeAfter(wireOf(ctx).inject(rule), async () => {
    const ms = patienceOf(ctx);
    const path = ctx.at(ctx.name("file"));
    const download = `the download of an object that is ${kind}`;
    const downloaded = await ctx.within(
      ms,
      settle(ctx.download(name, path)),
      download,
    );
    if (downloaded.status === "fulfilled") {
      await expectFile(ctx, path, bytes, download, { clause: 8 });
    } else {
      const evidence = [wireEvidence(ctx)];
      checkCode(ctx, downloaded.reason, CODES, download, { evidence });
      await expectNoEntry(ctx, path, download);
    }
    const size = `the size of an object that is ${kind}`;
    const asked = await ctx.within(
      ms,
      settle(quiet(ctx.store.getObjectSize(name))),
      size,
    );
    const evidence = [wireEvidence(ctx)];
    if (asked.status === "rejected") {
      return checkCode(ctx, asked.reason, CODES, size, { evidence });
    }
    expectEqual(ctx, asked.value, bytes.length, size, { clause: 6, evidence });
  });
}
