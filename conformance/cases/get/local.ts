import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import process from "node:process";
import { promisify } from "node:util";
import type { Case, CaseContext, ChildContext } from "../../model/case.ts";
import { expectEqual } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { checkFull } from "./full_disk.ts";
import {
  becomeOther,
  checkOutcome,
  isRoot,
  letOthersIn,
  letOthersWrite,
  type Outcome,
  outcomeOf,
} from "../shared/other_user.ts";

const MASKS = [0o022, 0o000, 0o027, 0o077];

const FILE_LIMIT = 32 * 1024;

/** The local system and its refusals: a part of group GET. */
export const getLocalCases: readonly Case[] = [
  {
    id: "GET-8",
    clauses: [14],
    level: "must",
    title: "the new file is regular, with mode 0666 less umask",
    explain:
      "Others read what is downloaded. If the mode is 0600, it is that of a temporary file; if it does not follow the umask, it is set by chmod.",
    needs: ["module"],
    async run(ctx) {
      if (process.platform === "win32") throw ctx.skip("Windows has no modes");
      const source = await ctx.source(ctx.bytes(509));
      await fs.chmod(source, 0o755);
      const directory = join(ctx.scratch, "modes");
      await fs.mkdir(directory);
      const name = ctx.name("mode");
      const child = await ctx.child({ source, directory, name });
      await child.ended;
      for (const mask of MASKS) {
        for (const file of ["new", "replaced", "below"]) {
          const label = `${file}-${mask}`;
          const path = join(directory, label, ...file === "below" ? ["x"] : []);
          const stat = await fs.lstat(path).catch(() => undefined);
          const shown = `0${mask.toString(8).padStart(3, "0")}`;
          const what = `the file "${file}", downloaded with umask ${shown}`;
          expectEqual(ctx, stat?.isFile(), true, `${what}: that it is regular`);
          const mode = ((stat?.mode ?? 0) & 0o7777).toString(8);
          const wanted = (0o666 & ~mask).toString(8);
          expectEqual(ctx, mode, wanted, `${what}: its mode, in octal,`);
        }
      }
    },
    async child(ctx) {
      const { source, directory, name } = ctx.input as Record<string, string>;
      const store = await ctx.open();
      await store.uploadObject(name!, source!);
      for (const mask of MASKS) {
        const old = join(directory!, `replaced-${mask}`);
        await fs.writeFile(old, "old", { mode: 0o700 });
        await ctx.become({ umask: mask });
        await store.downloadObject(name!, join(directory!, `new-${mask}`));
        await store.downloadObject(name!, old, { overwrite: true });
        const below = join(directory!, `below-${mask}`, "x");
        await store.downloadObject(name!, below);
        await ctx.become({ umask: 0o022 });
      }
      await store.close();
    },
  },
  {
    id: "GET-10",
    clauses: [23, 14],
    level: "must",
    title:
      "no permission, no space or too long a file is a local error, and leaves nothing",
    explain:
      "Blame is decided where it arises: the local disk is never the store's failure, and never worth a retry. If this fails, look for one catch around both sides, or for a temporary file that is only removed after failures of the network.",
    needs: ["module"],
    exclusive: true,
    async run(ctx) {
      if (process.platform === "win32") throw ctx.skip("Windows has no modes");
      await checkReadOnly(ctx);
      const isLimited = await checkFileLimit(ctx);
      await checkFull(ctx);
      if (!isLimited) {
        throw ctx.unverified("there is no `prlimit` to bound a file's size");
      }
    },
    async child(ctx) {
      const input = ctx.input as ChildInput;
      if (input.part === "read-only") await tryReadOnly(ctx, input);
      else await tryFileLimit(ctx, input);
    },
  },
];

/** Outcomes of downloads as another user. */
interface Tried {
  /** Those of downloads that such a user may make. */
  controls: Outcome[];
  /** Those of downloads into a directory that nobody may write to. */
  outcomes: Outcome[];
}

interface ChildInput {
  part: "read-only" | "file limit";
  /** Where a store on disk keeps its objects. */
  store: string;
  source: string;
  name: string;
  /** A directory for downloads. */
  open: string;
  /** A directory that nobody may write to. */
  closed: string;
}

async function checkReadOnly(ctx: CaseContext): Promise<void> {
  const source = await ctx.source(ctx.bytes(2_003, "read-only"));
  const [open, closed] = [
    join(ctx.scratch, "open"),
    join(ctx.scratch, "closed"),
  ];
  for (const path of [open, closed]) await fs.mkdir(path);
  await fs.writeFile(join(closed, "old"), ctx.bytes(307, "old"));
  await fs.chmod(open, 0o777);
  await fs.chmod(closed, 0o555);
  await letOthersIn(ctx.scratch);
  const before = await snapshot(closed);
  const { directory: store } = ctx.place;
  const name = ctx.name("closed");
  const input = { part: "read-only", store, source, name, open, closed };
  const child = await ctx.child(input);
  const { controls, outcomes } = await child.event("outcomes") as Tried;
  await child.ended;
  const control = controls.find(({ status }) => status === "rejected");
  if (control?.status === "rejected") {
    throw ctx.unverified(
      `the store does not work for another user, as the check of a read-only directory wants: ${
        control.lines[0]
      }`,
    );
  }
  const what = "the download into a directory without permission to write";
  for (const outcome of outcomes) checkOutcome(ctx, outcome, what);
  await expectUntouched(ctx, closed, before, what);
}

async function tryReadOnly(
  ctx: ChildContext,
  { store: directory, source, name, open, closed }: ChildInput,
): Promise<void> {
  const store = await ctx.open();
  await store.uploadObject(name, source);
  if (isRoot()) await letOthersWrite(directory);
  await becomeOther(ctx);
  const tried: Tried = { controls: [], outcomes: [] };
  // Before and after each, as a store may open a new connection at any time.
  async function control(label: string): Promise<void> {
    const path = join(open, `control-${label}`);
    tried.controls.push(await outcomeOf(store.downloadObject(name, path)));
  }
  await control("first");
  for (const [index, path] of ["new", "a/new", "a/b/", "old"].entries()) {
    const options = { overwrite: path === "old" };
    const destination = `${closed}/${path}`;
    const promise = store.downloadObject(name, destination, options);
    tried.outcomes.push(await outcomeOf(promise));
    await control(`${index}`);
  }
  await ctx.emit("outcomes", tried);
  await store.close();
}

/** Returns whether the limit could be set. */
async function checkFileLimit(ctx: CaseContext): Promise<boolean> {
  const bytes = ctx.bytes(3 * FILE_LIMIT + 1, "limit");
  if (bytes.length <= FILE_LIMIT) return true;
  const source = await ctx.source(bytes);
  const open = join(ctx.scratch, "limited");
  await fs.mkdir(open);
  await fs.writeFile(join(open, "old"), ctx.bytes(311, "old limit"));
  const before = await snapshot(open);
  const name = ctx.name("limited");
  const { directory: store } = ctx.place;
  const input = { part: "file limit", store, source, name, open, closed: "" };
  // The limit comes after the upload, which a store on disk could not do with it.
  const wrapper = ["sh", "-c", 'trap \'\' XFSZ; exec "$0" "$@"'];
  const child = await ctx.child(input, { wrapper });
  await child.event("uploaded");
  const size = `${FILE_LIMIT}:${FILE_LIMIT}`;
  try {
    const pid = `${child.storePid}`;
    await promisify(execFile)("prlimit", ["--pid", pid, `--fsize=${size}`]);
  } catch {
    child.kill("SIGKILL");
    await child.ended;
    return false;
  }
  await child.send("limited");
  const outcomes = await child.event("outcomes") as Outcome[];
  await child.ended;
  const what = "the download of a file that is longer than the system allows";
  for (const outcome of outcomes) checkOutcome(ctx, outcome, what);
  await expectUntouched(ctx, open, before, what);
  return true;
}

async function tryFileLimit(
  ctx: ChildContext,
  { source, name, open }: ChildInput,
): Promise<void> {
  const store = await ctx.open();
  await store.uploadObject(name, source);
  await ctx.emit("uploaded");
  await ctx.wait("limited");
  const outcomes: Outcome[] = [];
  for (const path of ["new", "a/new", "old"]) {
    const options = { overwrite: path === "old" };
    const promise = store.downloadObject(name, `${open}/${path}`, options);
    outcomes.push(await outcomeOf(promise));
  }
  await ctx.emit("outcomes", outcomes);
  await store.close();
}
