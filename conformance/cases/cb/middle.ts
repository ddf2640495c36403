import type { CaseContext } from "../../model/case.ts";
import type { FaultRule } from "../../faults/fault.ts";
import {
  prepareDownload,
  prepareUpload,
  type Transfer,
} from "../shared/transfers.ts";
import { hasAnswerBody, hasBody, recordRequests } from "../shared/wire.ts";

/** The request of a transfer in which half of the bytes have passed, and how many of them it has. */
export interface Middle {
  /** Its number among those with bodies of that direction, from 1. */
  readonly nth: number;
  /** Its body's size. */
  readonly bytes: number;
  /** The number of requests with such bodies. */
  readonly count: number;
  /** The number of bytes that these have beyond the object's own, as where a body is ended early. */
  readonly surplus: number;
}

/** A fault, in words. */
export interface NamedFault {
  /** The transfer in words. */
  readonly what: string;
  /** The fault. */
  readonly rule: FaultRule;
}

/** Makes a transfer without a fault and finds its middle on the wire. */
export async function findMiddle(
  ctx: CaseContext,
  what: "upload" | "download",
  size: number,
): Promise<Middle> {
  const transfer = await prepare(ctx, what, size, `middle ${size}`);
  const exchanges = await recordRequests(ctx, () => transfer.start());
  const bodies = exchanges
    .filter(({ request }) => fitsFor(what)(request))
    .map((each) => what === "upload" ? each.requestBytes : each.responseBytes);
  const all = bodies.reduce((sum, bytes) => sum + bytes, 0);
  const surplus = Math.max(0, all - transfer.bytes.length);
  let passed = 0;
  for (const [index, bytes] of bodies.entries()) {
    passed += bytes;
    if (passed < all / 2 || bytes === 0) continue;
    return { nth: index + 1, bytes, count: bodies.length, surplus };
  }
  throw ctx.unverified(`the ${what} has no bodies on the wire`);
}

/** Which requests carry the bytes of a transfer. */
export function fitsFor(
  what: "upload" | "download",
): typeof hasBody {
  return what === "upload" ? hasBody : hasAnswerBody;
}

/** A transfer of its own bytes, ready to begin. */
export function prepare(
  ctx: CaseContext,
  what: "upload" | "download",
  size: number,
  salt: string,
): Promise<Transfer> {
  return what === "upload"
    ? prepareUpload(ctx, size, { salt })
    : prepareDownload(ctx, size, { salt });
}
