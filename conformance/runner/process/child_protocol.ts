import type { StopStatus } from "../../model/case_stop.ts";
import type { HarnessContext } from "../../model/harness.ts";

/** The environment variable that tells a child process what to do: a {@linkcode ChildTask} as JSON. */
export const CHILD_TASK = "STOREKIT_CHILD_TASK";

/** A task of a child process. */
export interface ChildTask {
  /** The module of the harness, or the command that starts the store and its directory. */
  readonly harness: string | { command: readonly string[]; cwd: string };
  /** The module with the cases, if it is not the catalogue. */
  readonly cases: string | undefined;
  /** The case. */
  readonly id: string;
  /** Where it opens the store. */
  readonly place: HarnessContext;
  /** The value that `run` passed. */
  readonly input: unknown;
  /** The directory to go to before anything is loaded; left out where the process is there already. */
  readonly cwd?: string;
}

/** A message of a child process: a line of JSON on its standard output, after {@linkcode MARKER}. */
export type ChildMessage =
  /** Comes first: the harness and the cases are loaded, and what follows is about the store. */
  | { type: "loaded" }
  | { type: "event"; name: string; data?: unknown }
  /** The store is in another process than this one. */
  | { type: "store"; pid: number }
  /** Ended the case, by neither the store's failure nor the case's: the store's process crashed, or lacks something. */
  | { type: "stopped"; status: StopStatus; message: string }
  /** The function has returned; the process may still be there. */
  | { type: "done" }
  | {
    type: "thrown";
    /** Whose fault it is. */
    by: "store" | "harness" | "case";
    /** The error chain. */
    lines: string[];
    /** For how many milliseconds the store's operation had run, if it has rejected as transient. */
    transientAfter?: number;
  };

/** Tells the kit's lines from what a store prints. */
export const MARKER = "\u0001storekit ";

/** Splits text that comes in pieces into lines. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** The lines that are complete with this piece. */
  push(piece: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true }))
      .split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
