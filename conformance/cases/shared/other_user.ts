import * as fs from "node:fs/promises";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import process from "node:process";
import type { CaseContext, ChildContext } from "../../model/case.ts";
import {
  describeError,
  isStoreError,
  NAME_OF_CODE,
} from "../../checks/error_chain.ts";
import { expect, settle } from "../../checks/expect.ts";

const NOBODY = 65534;

/** The outcome of an operation in a process of its own; it goes through JSON. */
export type Outcome =
  | { status: "fulfilled" }
  | {
    status: "rejected";
    /** True if it is a local error (clause 23). */
    isLocal: boolean;
    /** Its code, if it has one. */
    code: string;
    /** The error chain. */
    lines: string[];
  };

/** Waits for an operation and tells what became of it. */
export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  const outcome = await settle(promise);
  if (outcome.status === "fulfilled") return { status: "fulfilled" };
  const { reason } = outcome;
  const code = String((reason as { code?: unknown } | null)?.code);
  const isLocal = reason instanceof Error && !isStoreError(reason) &&
    !Object.hasOwn(NAME_OF_CODE, code);
  const lines = describeError(reason);
  return { status: "rejected", isLocal, code, lines };
}

/** Fails the case unless an operation rejected with a local error. */
export function checkOutcome(
  ctx: CaseContext,
  outcome: Outcome,
  what: string,
): void {
  const isRejected = outcome.status === "rejected";
  expect(ctx, isRejected && outcome.isLocal, {
    expected: `${what} rejects with the local file error as it is`,
    observed: isRejected
      ? `it rejected with ${outcome.lines[0]}`
      : "it fulfilled",
    clause: 23,
    evidence: isRejected
      ? [{ title: "error chain", lines: outcome.lines }]
      : [],
  });
}

/** Tells whether permissions do not hold for this process. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Makes a process, and that of its store, a user's who owns nothing, if it is root's. There is no way back. */
export async function becomeOther(ctx: ChildContext): Promise<void> {
  if (isRoot()) await ctx.become({ gid: NOBODY, uid: NOBODY });
}

/** Lets other users pass through a directory and those above it. */
export async function letOthersIn(directory: string): Promise<void> {
  for (let path = directory; path !== dirname(path); path = dirname(path)) {
    const { mode } = await fs.stat(path);
    if ((mode & 0o001) === 0) await fs.chmod(path, (mode & 0o7777) | 0o111);
  }
}

/** Lets other users write a directory and everything in it. */
export async function letOthersWrite(directory: string): Promise<void> {
  await letOthersIn(directory);
  await fs.chmod(directory, 0o777);
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await letOthersWrite(path);
    else if (entry.isFile()) await fs.chmod(path, 0o666);
  }
}
