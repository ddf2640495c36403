import type { Call, CallDetails } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { TransferCallback } from "../../../src/object_store.ts";

/** The reference store, with something between its progress reports and the caller's callback. */
export abstract class Retold extends MemoryObjectStore {
  /** What is called instead of the caller's callback, once for each operation. */
  protected abstract retell(callback: TransferCallback): TransferCallback;

  protected override makeCall(details: CallDetails): Call {
    const { callback, ...options } = details.options;
    return super.makeCall({
      ...details,
      options: {
        ...options,
        ...(callback && { callback: this.retell(callback) }),
      },
    });
  }
}
