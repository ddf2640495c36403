import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import process from "node:process";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import { expect, expectEqual, expectLocalError } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { downloadOver } from "../shared/download_over.ts";
import { plant } from "../shared/landing.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** An id that is nobody's, for processes that give up their rights. */
const NOBODY = 65534;

/** The part of group OVW that depends on rights. */
export const ovwReadOnlyCases: readonly Case[] = [
  {
    id: "OVW-9",
    clauses: [12, 14],
    level: "must",
    title:
      "with overwrite a read-only file is replaced; in a read-only directory it is a local error",
    explain:
      "Replacing a name needs rights on the directory, not on the file. The new file has mode 0666 less umask: neither the old file's mode nor that of a temporary file. In the directory's case the old file stays and nothing else is left.",
    async run(ctx) {
      const [name, bytes] = [ctx.name(), ctx.bytes(3_037, 1)];
      await ctx.given(name, bytes);
      const [path, probe] = [ctx.at("file"), join(ctx.scratch, "probe")];
      const old = ctx.bytes(5_003, 2);
      await plant(path, old);
      await fs.chmod(path, 0o444);
      await fs.writeFile(probe, "");
      const what = "what was a read-only file";
      await downloadOver(ctx, { name, path, old, bytes, what });
      expectEqual(
        ctx,
        ((await fs.lstat(path)).mode & 0o7777).toString(8),
        ((await fs.lstat(probe)).mode & 0o7777).toString(8),
        "the mode of what was a read-only file",
        { clause: 14 },
      );
      await checkReadOnlyDirectory(ctx);
    },
    async child(child) {
      await downloadUnprivileged(child);
    },
  },
];

/** Observations of a process without rights. */
interface Attempt {
  code: unknown;
  isStoreError: boolean;
  lines: string;
}

/** Needs a process of its own only if this one may write everywhere. */
async function checkReadOnlyDirectory(ctx: CaseContext): Promise<void> {
  if (process.platform === "win32") {
    throw ctx.unverified("directories cannot be made read-only here");
  }
  const [directory, old] = [ctx.at("read-only"), ctx.bytes(611, 3)];
  await fs.mkdir(directory);
  await plant(ctx.at("read-only", "file"), old);
  await fs.chmod(directory, 0o555);
  const before = await snapshot(ctx.root);
  const what = "a download into a read-only directory";
  try {
    if (process.getuid?.() === 0) {
      await checkByChild(ctx, what);
    } else {
      await checkInProcess(ctx, what);
    }
    await expectUntouched(ctx, ctx.root, before, what);
  } finally {
    await fs.chmod(directory, 0o755);
  }
}

async function checkInProcess(ctx: CaseContext, what: string): Promise<void> {
  if (await isWritable(ctx.at("read-only"))) {
    throw ctx.unverified("this process may write into read-only directories");
  }
  const name = ctx.name();
  await ctx.given(name, ctx.bytes(1_009, 4));
  for (const { path, overwrite } of attempts(ctx.root)) {
    const download = ctx.download(name, path, { overwrite });
    await expectLocalError(ctx, download, what);
  }
}

async function checkByChild(ctx: CaseContext, what: string): Promise<void> {
  const landing = join(ctx.scratch, "landing");
  await fs.mkdir(landing);
  await fs.chown(landing, NOBODY, NOBODY);
  for (const path of [ctx.root, ctx.scratch, ctx.place.directory]) {
    await openWay(ctx, path);
  }
  const source = await ctx.source(ctx.bytes(1_009, 4));
  const name = ctx.name("child");
  const child = await ctx.child({ name, source, landing, root: ctx.root });
  const control = await child.event("control");
  if (control !== "") {
    await child.ended;
    throw ctx.unverified(`without rights ${control}`);
  }
  const { results, after } = await child.event("attempts") as {
    results: Attempt[];
    after: string;
  };
  await child.ended;
  if (after !== "" && results.some(({ isStoreError }) => isStoreError)) {
    throw ctx.unverified(
      `without rights the store can no longer be read: ${after}`,
    );
  }
  for (const { isStoreError, code, lines } of results) {
    expect(ctx, lines !== "" && !isStoreError, {
      expected: `${what} rejects with the local file error as it is`,
      observed: lines === "" ? "it fulfilled" : `it rejected with ${lines}`,
      clause: isStoreError ? 23 : 14,
      evidence: [{ title: "code", lines: [String(code)] }],
    });
  }
}

/** Lets others pass through the directories of this run, which are private at first. */
async function openWay(ctx: CaseContext, path: string): Promise<void> {
  const end = tmpdir();
  if (!path.startsWith(join(end, "/"))) {
    throw ctx.unverified(
      "the run's directories are not in the system's temporary one",
    );
  }
  for (let next = path; next !== end; next = dirname(next)) {
    const { mode } = await fs.stat(next);
    await fs.chmod(next, (mode & 0o7777) | 0o011);
  }
}

async function downloadUnprivileged(
  { input, open, emit, become }: ChildContext,
): Promise<void> {
  const { name, source, landing, root } = input as {
    name: string;
    source: string;
    landing: string;
    root: string;
  };
  await disposeAfter(await open(), async (store) => {
    await store.uploadObject(name, source);
    let problem = "";
    try {
      await become({ gid: NOBODY, uid: NOBODY });
      await store.downloadObject(name, join(landing, "control"));
      if (await isWritable(join(root, "read-only"))) {
        problem = "the process may still write into read-only directories";
      }
    } catch (error) {
      problem = `the store cannot be read: ${error}`;
    }
    await emit("control", problem);
    if (problem !== "") return;
    const results: Attempt[] = [];
    for (const { path, overwrite } of attempts(root)) {
      let attempt: Attempt = { code: 0, isStoreError: false, lines: "" };
      try {
        await store.downloadObject(name, path, { overwrite });
      } catch (error) {
        const { code } = error as { code?: unknown };
        attempt = {
          code,
          isStoreError: isStoreError(error),
          lines: `${error}`,
        };
      }
      results.push(attempt);
    }
    // A store may have been readable only as long as what it had open before.
    const after = store.downloadObject(name, join(landing, "control after"));
    await emit("attempts", {
      results,
      after: await after.then(() => "", (error) => `${error}`),
    });
  });
}

function attempts(root: string): { path: string; overwrite: boolean }[] {
  const below = join(root, "read-only");
  return [
    { path: join(below, "file"), overwrite: true },
    { path: join(below, "new-file"), overwrite: false },
    { path: join(below, "new-directory", "file"), overwrite: true },
  ];
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await fs.writeFile(join(directory, "control"), "");
    await fs.rm(join(directory, "control"));
    return true;
  } catch {
    return false;
  }
}
