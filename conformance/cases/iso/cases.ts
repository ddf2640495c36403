import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  expect,
  expectBytes,
  expectCode,
  settle,
} from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import { checkOptions } from "./options.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** Isolation: of prefixes, of the process, of what the caller passes. */
export const isoCases: readonly Case[] = [
  {
    id: "ISO-1",
    clauses: [4, 7],
    level: "must",
    title: "stores of different prefixes do not see each other's objects",
    explain:
      "A prefix is whole segments, joined by one `/`: the store of `runs/a` sees nothing of `runs/ab`, also where prefix and name put together without the `/` would be equal.",
    run: checkPrefixes,
  },
  {
    id: "ISO-2",
    clauses: [4],
    level: "must",
    title: "nothing that is done in one prefix changes another",
    explain:
      "Objects in one prefix keep their bytes while uploads, overwrites, downloads, failures, aborts and odd names go through the prefix beside it.",
    async run(ctx) {
      const left = await ctx.open({ segment: "left" });
      const right = await ctx.open({ segment: "right" });
      const names = ["a", "b/c", "x"];
      for (const name of names) {
        await ctx.given(name, ctx.bytes(500, name), left);
      }
      await runScript(ctx, right, ["a", "b/c", "left/x", "../left/x", "../x"]);
      for (const name of names) {
        const bytes = await ctx.fetch(name, left);
        const what = `${name} in the prefix that nobody has used since`;
        expectBytes(ctx, bytes, ctx.bytes(500, name), what);
      }
      const size = right.getObjectSize("x");
      const what = "getObjectSize of an object of the prefix beside it";
      await expectCode(ctx, size, "OBJECT_NOT_FOUND", what);
    },
  },
  {
    id: "ISO-3",
    inProcess: true,
    judgesRun: "globals",
    clauses: [29],
    level: "must",
    exclusive: true,
    title: "nothing that the whole process shares is changed",
    explain:
      "Environment, working directory, umask, globals such as `fetch`, and listeners of the process are as they were when the run began, after operations that succeed and that fail.",
    async run(ctx) {
      await runScript(ctx, ctx.store, ["a", "b/c"]);
      const changed = ctx.globalsChanged();
      expect(ctx, changed.length === 0, {
        expected: "nothing that the whole process shares has changed",
        observed: changed.join("; "),
      });
    },
  },
  {
    id: "ISO-4",
    inProcess: true,
    clauses: [29],
    level: "must",
    title: "what the caller passes is not changed, and may be frozen",
    explain:
      "Defaults go into variables of the store's own, never into the caller's object: a caller uses one options object, or one URL, for many calls.",
    run: checkOptions,
  },
];

async function checkPrefixes(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const longer = await ctx.open({ sibling: "b" });
  const name = ctx.name();
  const one = ctx.bytes(700, "one");
  const two = ctx.bytes(450, "two");
  await ctx.given(name, one);
  // Without the `/` in between, or with one too few, this would be the name in the longer prefix.
  for (const near of [`b${name}`, `b/${name}`]) {
    await ctx.given(near, ctx.bytes(300, near));
  }
  await expectCode(
    ctx,
    longer.getObjectSize(name),
    "OBJECT_NOT_FOUND",
    "getObjectSize in the store of another prefix",
  );
  const path = join(ctx.root, "no");
  await expectCode(
    ctx,
    ctx.download(name, path, undefined, longer),
    "OBJECT_NOT_FOUND",
    "the download from the store of another prefix",
  );
  await ctx.given(name, two, longer);
  const only = ctx.name("only");
  await ctx.given(only, two, longer);
  await expectCode(
    ctx,
    store.getObjectSize(only),
    "OBJECT_NOT_FOUND",
    "getObjectSize of an object of the longer prefix",
  );
  await ctx.expectObject(name, one, "the object of the shorter prefix");
  const other = await ctx.fetch(name, longer);
  expectBytes(ctx, other, two, "the object of the same name in the longer one");
  for (const near of [`b${name}`, `b/${name}`]) {
    await ctx.expectObject(
      near,
      ctx.bytes(300, near),
      "an object with a near name",
    );
  }
}

/** Operations of every kind, each name with fresh bytes; those that may fail may. */
async function runScript(
  ctx: CaseContext,
  store: ObjectStore,
  names: readonly string[],
): Promise<void> {
  const signal = AbortSignal.abort(new Error("the caller's own reason"));
  const directory = join(ctx.scratch, "script");
  await fs.mkdir(directory);
  for (const [index, name] of names.entries()) {
    const to = join(directory, `${index}`);
    const { callback } = traceCalls();
    const overwrite = true;
    await settle(ctx.upload(name, ctx.bytes(800, index), { callback }, store));
    await settle(ctx.upload(name, ctx.bytes(90, index + 0.5), {}, store));
    await settle(store.getObjectSize(name));
    await settle(ctx.download(name, to, { callback }, store));
    await settle(ctx.download(name, to, undefined, store));
    await settle(ctx.download(name, to, { overwrite }, store));
    await settle(store.uploadObject(name, join(directory, "not-there")));
    await settle(ctx.upload(name, ctx.bytes(70, "aborted"), { signal }, store));
    const failing = () => {
      throw new Error("the callback's own error");
    };
    await settle(
      ctx.upload(name, ctx.bytes(60), { callback: failing }, store),
    );
    await settle(store.getObjectSize(`${name}-missing`));
    await settle(store.downloadObject(`${name}-missing`, `${to}-missing`));
  }
}
