import type { TestServer } from "../../tools/servers/server.ts";
import type { FoundClients } from "../clients/find_clients.ts";
import type { Tools } from "../clients/tools.ts";
import type { Progress } from "../report/progress.ts";
import type { Table } from "../report/table.ts";

/** A part of the benchmark: what `--only` names. */
export interface Part {
  /** Its name. */
  readonly name: string;
  /** What it measures, for `--list`. */
  readonly summary: string;
  /**
   * Which servers it runs on: on each that is asked for, on MinIO over HTTPS,
   * or on none.
   */
  readonly servers: "each" | "secure" | "none";
  /** Whether it runs only when `--only` names it. */
  readonly isOnRequest?: boolean;
  /**
   * Measures.
   *
   * @param context What there is to measure, and how.
   */
  run(context: PartContext): Promise<Table[]>;
}

/** The figures of the command line. */
export interface Amounts {
  /** Bytes of a large object. */
  readonly size: number;
  /** How often each is measured; one more round before does not count. */
  readonly rounds: number;
  /** How many small objects. */
  readonly objects: number;
  /** How many small operations on the file-system store. */
  readonly operations: number;
}

/** What a {@linkcode Part} is given. */
export interface PartContext extends FoundClients, Amounts {
  /** Cells of the grid of distances to measure; all if empty. */
  readonly cells: readonly string[];
  /** A directory of its own on the disk. */
  readonly directory: string;
  /** The programs that are here. */
  readonly tools: Tools;
  /** Tells what is under way. */
  readonly progress: Progress;
  /** Fires when the benchmark is to stop. */
  readonly signal: AbortSignal;
  /** The server, for a part that runs on one. */
  readonly server: TestServer | undefined;
}

/**
 * The server of a part that needs one.
 *
 * @throws {TypeError} If there is none.
 */
export function takeServer({ server }: PartContext): TestServer {
  if (!server) throw new TypeError("Cannot measure as the part has no server");
  return server;
}
