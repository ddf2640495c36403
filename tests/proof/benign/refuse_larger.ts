import { ObjectStoreError } from "../../../src/errors.ts";
import type { Call } from "../reference/call.ts";

/** Refuses an object that is larger than the store takes (clause 27). */
export function refuseLarger(call: Call, most: number): void {
  if (call.total <= most) return;
  throw new ObjectStoreError(
    `Cannot ${call.action} "${call.uri}": it has more than ${most} bytes`,
    { objectName: call.objectName, uri: call.uri },
  );
}
