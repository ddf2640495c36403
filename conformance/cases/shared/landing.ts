import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  checkCode,
  errorChain,
  expectLocalError,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import { CLAUSE_OF_TRANSFER, expectHappened } from "./earlier_failure.ts";
import type { TransferCallback } from "../../../src/object_store.ts";

/** A time long ago, so that a change of a file's time is seen however coarse the clock is. */
const LONG_AGO = new Date("2001-02-03T04:05:06Z");

/** Writes a file that was last changed long ago. */
export async function plant(
  path: string,
  bytes: Uint8Array | string,
): Promise<void> {
  await fs.writeFile(path, bytes, { flag: "wx" });
  await fs.utimes(path, LONG_AGO, LONG_AGO);
}

/** Makes a symlink; where the system does not let us, the case is unverified. */
export async function plantLink(
  ctx: CaseContext,
  target: string,
  path: string,
): Promise<void> {
  try {
    await fs.symlink(target, path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw ctx.unverified(`no symlinks can be made here (${code})`);
  }
}

/** Looks at a path: `lstat`, or `undefined` if nothing is there. */
export async function look(path: string): Promise<Stats | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A callback that does something once, on the first or the last call of a transfer. */
export interface Moment {
  /** The callback to pass. */
  readonly callback: TransferCallback;
  /** Fails the case if the moment of a download, which is over, has not come, or if what was to appear was there already. */
  check(what: string, download: Promise<unknown>): Promise<void>;
}

/**
 * Makes a {@linkcode Moment}. A download's last call is the only one that is
 * sure to come before the file is published; what an action does before its
 * first `await` holds also for a store that does not wait for the callback.
 */
export function at(
  ctx: CaseContext,
  when: "first" | "last",
  action: () => void | Promise<void>,
): Moment {
  let hasCome = false;
  let problem: unknown;
  return {
    async callback(bytes, total) {
      if (hasCome || (when === "last" && bytes !== total)) return;
      hasCome = true;
      try {
        await action();
      } catch (error) {
        problem = error;
      }
    },
    async check(what, download) {
      expectHappened(ctx, {
        hasHappened: hasCome,
        what,
        clause: CLAUSE_OF_TRANSFER.download,
        outcome: await settle(download),
      });
      if (problem === undefined) return;
      if ((problem as { code?: unknown }).code !== "EEXIST") throw problem;
      if (!await hasHardLinks(ctx)) {
        throw ctx.unverified("without hard links the name may be reserved");
      }
      throw ctx.fail({
        expected: `${what}: the destination is absent until it is published`,
        observed: "it exists before the last call has returned",
        clause: 14,
        evidence: [errorChain(problem)],
      });
    },
  };
}

/**
 * Fails the case unless a download rejects as one whose destination became a
 * directory: with a local error, and where it must not overwrite also with
 * `FILE_EXISTS`, as something is there now.
 */
export async function expectInTheWay(
  ctx: CaseContext,
  download: Promise<unknown>,
  overwrite: boolean,
  what: string,
): Promise<void> {
  if (overwrite) {
    await expectLocalError(ctx, download, what, { clause: 12 });
    return;
  }
  const error = await expectRejection(ctx, download, what);
  if (isStoreError(error)) checkCode(ctx, error, "FILE_EXISTS", what);
  else await expectLocalError(ctx, Promise.reject(error), what);
}

/** Tells whether the file system of a directory has hard links; without them clause 11 lets a store reserve the name. */
export async function hasHardLinks(ctx: CaseContext): Promise<boolean> {
  const own = join(ctx.scratch, `link-${crypto.randomUUID()}`);
  await fs.writeFile(own, "");
  try {
    await fs.link(own, `${own}-too`);
    return true;
  } catch {
    return false;
  }
}
