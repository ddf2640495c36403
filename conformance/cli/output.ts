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

/**
 * Opens where a report goes.
 *
 * @returns What appends to it; it throws an {@linkcode OutputError} where that fails.
 * @throws {UsageError} If the file cannot be written.
 */
export function openTarget({ path }: ReportTarget): (text: string) => void {
  const shown = path === undefined ? "to standard output" : `"${path}"`;
  let file = STDOUT;
  try {
    if (path !== undefined) file = openSync(path, "w");
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
  } catch (error) {
    throw new UsageError(
      `Cannot write report "${path}": ${describeError(error)[0]}`,
      { cause: error },
    );
  }
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
