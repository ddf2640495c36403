import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import type { CaseContext } from "../model/case.ts";
import { expect } from "./expect.ts";

/**
 * Lists a directory with everything below it, a line an entry: its path, kind,
 * mode, inode, size, time of modification and the hash of its bytes. Two equal
 * snapshots mean that nothing was touched.
 *
 * @param directory The directory; a missing one gives no lines.
 *
 * @example
 * ```ts
 * import { snapshot } from "@storekit/object-store/conformance";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/a`, "hello");
 * console.log((await snapshot(directory)).length); // 1
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function snapshot(directory: string): Promise<string[]> {
  const lines: string[] = [];
  await visit(directory, "", lines);
  return lines.sort();
}

/**
 * Fails the case unless a directory is as it was, recursively.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectUntouched, snapshot } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const before = await snapshot(ctx.root);
 *   await ctx.store.downloadObject("missing", ctx.at("file")).catch(() => {});
 *   await expectUntouched(ctx, ctx.root, before, "a download that fails");
 * }
 * ```
 */
export async function expectUntouched(
  ctx: CaseContext,
  directory: string,
  before: readonly string[],
  what: string,
  options: { clause?: number; hint?: string } = {},
): Promise<void> {
  const after = await snapshot(directory);
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  expect(ctx, gone.length === 0 && come.length === 0, {
    expected: `${what}: nothing in the directory changes`,
    observed: [
      ...gone.map((line) => `no longer there: ${line}`),
      ...come.map((line) => `new: ${line}`),
    ].join("; "),
    evidence: [
      { title: "listing before", lines: before },
      { title: "listing after", lines: after },
    ],
    clause: 14,
    ...options,
  });
}

async function visit(
  root: string,
  below: string,
  lines: string[],
): Promise<void> {
  const names = await fs.readdir(root + below).catch(ignoreMissing) ?? [];
  for (const name of names) {
    const path = `${below}/${name}`;
    // What goes while this looks is not there; a directory is then gone with all below it.
    const stat = await fs.lstat(root + path).catch(ignoreMissing);
    if (!stat) continue;
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) {
      const target = await fs.readlink(root + path).catch(ignoreMissing);
      if (target !== undefined) {
        lines.push(`${path} -> ${target} #${stat.ino}`);
      }
    } else if (stat.isDirectory()) {
      // A directory's times change with what comes and goes inside.
      lines.push(`${path}/ ${mode} #${stat.ino}`);
      await visit(root, path, lines);
    } else {
      const hash = stat.isFile() ? await hashOf(root + path) : "not regular";
      lines.push(
        `${path} ${mode} #${stat.ino} ${stat.size} bytes ${stat.mtimeMs} ${hash}`,
      );
    }
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== "ENOENT") throw error;
}

async function hashOf(path: string): Promise<string> {
  try {
    const bytes = await fs.readFile(path);
    return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
