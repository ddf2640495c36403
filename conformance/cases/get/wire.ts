import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectFile } from "../shared/expect_file.ts";
import {
  expectIdle,
  recordRequests,
  untilQuiet,
  wireEvidence,
} from "../shared/wire.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** An object, and what its download may take on the wire. */
interface Budget {
  readonly size: number;
  /** Bytes of bodies beyond the object's own. */
  readonly slack: number;
  readonly requests: number;
}

// A client that ends a body early has megabytes of it on their way already.
const BUDGETS: readonly Budget[] = [
  { size: 10_007, slack: 8 * KIB, requests: 8 },
  { size: 200_003, slack: 128 * KIB, requests: 12 },
  { size: 20 * MIB + 4_321, slack: 10 * MIB, requests: 330 },
];

/** The part of group GET that looks at the wire. */
export const getWireCases: readonly Case[] = [{
  id: "GET-11",
  clauses: [10, 27],
  level: "should",
  needs: ["upstream"],
  title: "a download takes few requests, and its bytes once",
  explain:
    "A small object comes with few requests and hardly more bytes than it has; a large one in at most 330 requests and with at most 10 MiB too many. If this fails, look for a body that is fetched twice, for a request without an end to its range, and for ranges of a few KiB.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (const [index, budget] of BUDGETS.entries()) {
      const bytes = ctx.bytes(budget.size, index);
      const name = ctx.name("once");
      await ctx.given(name, bytes);
      const path = join(ctx.scratch, `once-${index}`);
      const exchanges = await recordRequests(ctx, async () => {
        await ctx.download(name, path);
        // What nobody waits for is received as well.
        await untilQuiet(ctx);
      });
      const what = `the download of ${bytes.length} bytes`;
      await expectFile(ctx, path, bytes, what);
      await checkBudget(ctx, budget, {
        size: bytes.length,
        received: exchanges.reduce((sum, each) => sum + each.responseBytes, 0),
        requests: exchanges.length,
      });
    }
  },
}];

async function checkBudget(
  ctx: CaseContext,
  { slack: allowed, requests: most }: Budget,
  { size, received, requests }: {
    size: number;
    received: number;
    requests: number;
  },
): Promise<void> {
  // An object that is smaller than planned is at most fetched twice.
  const slack = Math.min(allowed, size);
  if (requests <= most && received <= size + slack) return;
  await expectIdle(ctx);
  throw ctx.fail({
    expected:
      `the download of ${size} bytes takes at most ${most} requests and ${
        size + slack
      } bytes`,
    observed: `${requests} requests and ${received} bytes`,
    evidence: [wireEvidence(ctx)],
  });
}
