import type { Command } from "../process/measure_process.ts";

/** A service, and the bucket in it. */
export interface Place {
  /** The base URL, without a trailing slash. */
  readonly endpoint: string;
  /** The region. */
  readonly region: string;
  /** The bucket. */
  readonly bucket: string;
  /** The access key's id. */
  readonly accessKeyId: string;
  /** The access key's secret. */
  readonly secretAccessKey: string;
  /** The file with the authority of the service's certificate, in PEM. */
  readonly caFile?: string;
}

/**
 * What a client can be asked to do: move one file, pass one object through as a
 * stream, or do something with many small objects, several at once.
 */
export type Action =
  | "upload"
  | "download"
  | "readStream"
  | "firstByte"
  | "writeStream"
  | "uploadMany"
  | "downloadMany"
  | "sizeMany"
  | "list";

/** One action. */
export interface Job {
  /** What to do. */
  readonly action: Action;
  /** The object's name; for many objects what their names begin with: `<key>/<number>`. */
  readonly key: string;
  /** The local file; for a stream that is read, where the number of bytes is written, and of names for a listing; for many objects the directory that holds or takes files with their numbers as names. */
  readonly path: string;
  /** How many objects. */
  readonly count: number;
  /** How many at once. */
  readonly parallel: number;
  /** How often one process does it, one time after the other; then it prints the milliseconds of each time. Left out: once, and nothing is printed. */
  readonly repeat?: number;
}

/** Something that moves bytes to and from a service, each time as a whole process. */
export interface Client {
  /** Its name in the table. */
  readonly name: string;
  /** Which version of what it is. */
  readonly version: string;
  /** Whether it only shows what is possible, and leaves no file to look at. */
  readonly isBound?: boolean;
  /**
   * The command that does a job, or `undefined` if it has none for it.
   *
   * @param place Where to.
   * @param job What.
   */
  command(place: Place, job: Job): Promise<Command | undefined>;
  /**
   * Reads what a repeated job has printed. Left out: a number of milliseconds in each line.
   *
   * @param text All of it.
   * @returns The milliseconds of each time; none of a client that does not tell them.
   */
  readTimes?(text: string): number[];
}

/** A client that is not here. */
export interface MissingClient {
  /** Its name in the table. */
  readonly name: string;
  /** Why it cannot be measured. */
  readonly reason: string;
}
