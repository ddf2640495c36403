import type { Trace } from "../../checks/trace.ts";

/** A download during which its object was replaced. */
export interface Replacement {
  readonly name: string;
  readonly path: string;
  readonly old: Uint8Array;
  readonly bytes: Uint8Array;
  readonly trace: Trace;
  readonly outcome: PromiseSettledResult<unknown>;
  readonly what: string;
}

/** An upload that others look at. */
export interface SeenUpload {
  name: string;
  old: Uint8Array | undefined;
  bytes: Uint8Array;
}
