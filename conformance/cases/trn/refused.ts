import type { Case } from "../../model/case.ts";
import { checkCode, expect } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { hasBody, isWrite } from "../shared/wire.ts";
import { type Operation, Operations } from "../shared/wire_operations.ts";
import { runWithFaults, wireEvidence } from "../shared/wire_outcomes.ts";

const KIB = 2 ** 10;
/** Bytes of uploads, around what a socket's two ends hold and beyond it. */
const SIZES = [64, 300, 1_100, 2_600, 4_200, 8_200].map((kib) => kib * KIB + 7);
/** After how many bytes of a request's body it is refused, and how long no more is read then: whoever sends waits, or goes on. */
const POINTS = [
  { afterBytes: 1, pauseMs: 100 },
  { afterBytes: 60 * KIB, pauseMs: 0 },
  { afterBytes: 700 * KIB, pauseMs: 0 },
];

interface Refusal {
  readonly status: number;
  readonly code?: string;
  /** The codes that an upload rejects with. */
  readonly codes: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  { status: 403, codes: ["PERMISSION_DENIED"] },
  { status: 503, codes: ["TRANSIENT"] },
  {
    status: 404,
    code: "NoSuchBucket",
    // Which code says that the bucket is missing is the service's affair.
    codes: ["BUCKET_NOT_FOUND", "OBJECT_NOT_FOUND", "OTHER"],
  },
];

/** Refusals that do not wait for the request's end: a part of group TRN. */
export const trnRefusedCases: readonly Case[] = [{
  id: "TRN-17",
  clauses: [25, 23],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "a refusal that comes while the body still goes out decides",
  explain:
    "The service answers 403, 503 or 404 when the first bytes of a request's body are there, reads on, and ends the connection in good order. The upload is PERMISSION_DENIED, TRANSIENT, or what the service's 404 means, whatever the sizes of buffers on the way, and never a local error: look for a source that is closed when the answer comes, and for the failure of the half that sends, which hides the answer.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const sizes = SIZES.filter((size) => size <= ctx.limits.largestObject);
    let fired = 0;
    for (const { codes, ...answer } of REFUSALS) {
      for (const { afterBytes, pauseMs } of POINTS) {
        const uploads: Operation[] = [];
        for (const size of sizes) uploads.push(await operations.upload(size));
        const what =
          `whose body is refused with ${answer.status} after ${afterBytes} bytes`;
        const rule: FaultRule = {
          match: {
            where: (request) => isWrite(request) && hasBody(request),
          },
          action: { kind: "refuse-upload", afterBytes, pauseMs, ...answer },
          optional: true,
        };
        const outcomes = await runWithFaults(ctx, rule, uploads, { what });
        for (const [i, upload] of uploads.entries()) {
          const outcome = outcomes[i]!;
          // A store may send pieces that are smaller than that.
          if (outcome.status === "fulfilled") {
            expect(ctx, afterBytes > 1, {
              expected: `${upload.what} ${what} rejects`,
              observed: "it fulfilled",
              evidence: [wireEvidence(ctx)],
            });
            await upload.expectDone(outcome.value);
            continue;
          }
          fired++;
          checkCode(ctx, outcome.reason, codes, `${upload.what} ${what}`, {
            evidence: [wireEvidence(ctx)],
          });
          await upload.expectNothing();
        }
      }
    }
    if (fired === 0) throw ctx.unverified("no request had so many bytes");
  },
}];
