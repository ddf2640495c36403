import { openSync, writeSync } from "node:fs";
import { describeError } from "../checks/error_chain.ts";
import type { ReportTarget } from "./parse_arguments.ts";
import { UsageError } from "./usage.ts";

const STDOUT = 1;
const STDERR = 2;

/** Prints a text on standard output. */
export function print(text: string): void {
  writeAll(STDOUT, text);
}

/** Prints a text on standard error. */
export function printError(text: string): void {
  writeAll(STDERR, text);
}

/**
 * Opens where a report goes.
 *
 * @returns What appends to it.
 * @throws {UsageError} If the file cannot be written.
 */
export function openTarget({ path }: ReportTarget): (text: string) => void {
  if (path === undefined) return print;
  try {
    const file = openSync(path, "w");
    return (text) => writeAll(file, text);
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
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
