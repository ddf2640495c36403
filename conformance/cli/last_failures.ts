import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import process from "node:process";
import { describeError } from "../checks/error_chain.ts";
import type { CaseResult } from "../model/result.ts";

/** State that is kept of the last runs of a harness. */
interface State {
  /** The harness, for whoever finds the file. */
  readonly harness: string;
  /** Ids of the cases that failed when they ran last. */
  readonly failed: readonly string[];
}

/**
 * Ids of the cases that failed when they ran last.
 *
 * @param harness The URL of the harness's module.
 * @returns None where nothing is known.
 */
export function readFailed(harness: string): string[] {
  try {
    const { failed }: State = JSON.parse(
      readFileSync(findStateFile(harness), "utf8"),
    );
    return failed.filter((id) => typeof id === "string");
  } catch {
    // Never run, removed, or written by another version: nothing is known.
    return [];
  }
}

/**
 * Keeps which cases have failed. What was not run this time stays as it was.
 *
 * @param harness The URL of the harness's module.
 * @param results What was run.
 * @returns Why it could not be kept, if it could not: no reason for a run to fail.
 */
export function keepFailed(
  harness: string,
  results: readonly CaseResult[],
): string | undefined {
  const ran = new Set(results.map(({ id }) => id));
  const failed = [
    ...readFailed(harness).filter((id) => !ran.has(id)),
    ...results.filter(({ status }) => status === "fail" || status === "error")
      .map(({ id }) => id),
  ];
  const file = findStateFile(harness);
  const state: State = { harness, failed };
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(state)}\n`);
    return undefined;
  } catch (error) {
    return `Cannot keep what failed for --failed: ${describeError(error)[0]}`;
  }
}

/**
 * The path of a harness's state file, below the user's cache directory.
 *
 * @param harness The URL of the harness's module.
 */
export function findStateFile(harness: string): string {
  const digest = createHash("sha256").update(harness).digest("hex");
  const name = `${digest.slice(0, 16)}.json`;
  return join(findCacheDirectory(), "storekit-conformance", name);
}

function findCacheDirectory(): string {
  const { env, platform } = process;
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME;
  if (platform === "win32" && env.LOCALAPPDATA) return env.LOCALAPPDATA;
  return platform === "darwin"
    ? join(homedir(), "Library", "Caches")
    : join(homedir(), ".cache");
}
