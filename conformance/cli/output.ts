import { openSync, writeSync } from "node:fs";
import { describeError } from "../checks/error_chain.ts";
import type { ReportTarget } from "./parse_arguments.ts";
import { UsageError } from "./usage.ts";

const STDOUT = 1;
const STDERR = 2;
const PAUSE_MS = 5;

/** Prints a text on standard output. */
export function print(text: string): void {
  writeAll(STDOUT, text);
}

/** Prints a text on standard error. */
export function printError(text: string): void {
  writeAll(STDERR, text);
}

/** A report that could not be written to its end, as on a full disk or to a pipe that nobody reads. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/** Appends to a report. It throws an {@linkcode OutputError} where that fails. */
export type Append = (text: string) => void;

/**
 * Opens where a report goes; what a file held is gone.
 *
 * @throws {UsageError} If the file cannot be written.
 */
export function openTarget({ path }: ReportTarget): Append {
  if (path === undefined) return makeAppend(STDOUT, "to standard output");
  return open(path, () => openPath(path));
}

/**
 * Opens a file that others write to as well.
 *
 * @throws {UsageError} If the file cannot be written.
 */
export function openAppended(path: string): Append {
  return open(path, () => openSync(path, "a"));
}

function open(path: string, openFile: () => number): Append {
  try {
    return makeAppend(openFile(), `"${path}"`);
  } catch (error) {
    throw new UsageError(
      `Cannot write report "${path}": ${describeError(error)[0]}`,
      { cause: error },
    );
  }
}

function makeAppend(file: number, shown: string): Append {
  return (text) => {
    try {
      writeAll(file, text);
    } catch (error) {
      throw new OutputError(
        `Cannot write report ${shown}: ${describeError(error)[0]}`,
        { cause: error },
      );
    }
  };
}

/** A file, or for `fd:3` an open descriptor of the process. */
function openPath(path: string): number {
  const [, descriptor] = path.match(/^fd:(\d+)$/) ?? [];
  if (descriptor === undefined) return openSync(path, "w");
  if (Number(descriptor) <= STDERR) return Number(descriptor);
  // Deno's own numbers of open files are not the system's.
  return openSync(`/dev/fd/${descriptor}`, "a");
}

/** Synchronous, so that all is out when the process exits. */
function writeAll(file: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
      // A pipe that does not block is full until its reader has read.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
