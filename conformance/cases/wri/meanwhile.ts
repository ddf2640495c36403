import type { CaseContext } from "../../model/case.ts";
import { expect, expectEqual, settle } from "../../checks/expect.ts";
import type {
  ListableObjectStore,
  ObjectStore,
} from "../../../src/object_store.ts";
import { readObject, succeed, writeObject } from "../shared/powers.ts";
import { expectNeverGone } from "../shared/never_gone.ts";
import { severalReports } from "../shared/size_grid.ts";
import { BIG } from "../shared/transfers.ts";
import { KINDS } from "./kinds.ts";
import { makeSource } from "./sources.ts";

/** From one name of the store to another, through its own stream. */
export async function copy(
  ctx: CaseContext,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const from = ctx.name("original");
  const to = ctx.name("copy");
  await ctx.given(from, bytes);
  const { stream, size } = await readObject(ctx, from);
  const writing = writeObject(ctx, to, stream, { size });
  await succeed(ctx, writing, "a copy through the store's own stream");
  await ctx.expectObject(to, bytes, "it was copied");
}

/** WRI-20: streams that come in turns, of which one fails and one is aborted. */
export async function checkTogether(ctx: CaseContext): Promise<void> {
  const size = severalReports(ctx);
  const controller = new AbortController();
  const { signal } = controller;
  const error = new Error("one of them fails");
  const failing = makeSource(ctx.bytes(size), { failAt: size >> 1, error });
  const aborted = makeSource(ctx.bytes(size), { waitAt: size >> 1 });
  const others = [0, 1, 2, 3, 4].map((index) => {
    const bytes = ctx.bytes(
      Math.max(1, size - 1_001 * index),
      `together ${index}`,
    );
    const { stream } = makeSource(bytes, { chunkSize: 7_001 + index });
    const options = index % 2 === 0 ? {} : { size: bytes.length };
    return { name: ctx.name("together"), bytes, stream, options };
  });
  const lost = settle(writeObject(ctx, ctx.name(), failing.stream));
  const stopped = settle(
    writeObject(ctx, ctx.name(), aborted.stream, { signal }),
  );
  const writing = Promise.all(
    others.map(({ name, stream, options }) =>
      writeObject(ctx, name, stream, options)
    ),
  );
  await ctx.within(20_000, aborted.waiting, "one of the streams waits");
  controller.abort();
  await succeed(ctx, writing, "the writes beside those that fail");
  for (const each of [lost, stopped]) {
    const { status } = await ctx.within(20_000, each, "the others");
    expectEqual(ctx, status, "rejected", "the end of a write that fails");
  }
  for (const { name, bytes } of others) {
    await ctx.expectObject(name, bytes, "it was written beside others");
  }
}

/** WRI-10: what is seen while streams wait before their ends. */
export async function checkUnseen(ctx: CaseContext): Promise<void> {
  const other = await ctx.secondHandle();
  for (const size of [severalReports(ctx), BIG]) {
    for (const isSized of [true, false]) {
      const fresh = ctx.name("fresh");
      const replaced = ctx.name("replaced");
      const old = ctx.bytes(2_011, replaced);
      await ctx.given(replaced, old);
      const bytes = ctx.bytes(size, size);
      const sources = [fresh, replaced].map((name) => {
        const source = makeSource(bytes, { waitAt: bytes.length - 1_000 });
        const options = isSized ? { size: bytes.length } : undefined;
        const writing = writeObject(ctx, name, source.stream, options);
        return { name, source, writing };
      });
      for (const { source } of sources) {
        await ctx.within(20_000, source.waiting, "the middle of a stream");
      }
      const what = "its stream waits before its end";
      await ctx.expectNoObject(fresh, what);
      await ctx.expectObject(replaced, old, what);
      if (ctx.has("list")) await expectUnlisted(ctx, fresh, other);
      for (const { name, source, writing } of sources) {
        source.goOn();
        await succeed(ctx, writing, "a write whose stream goes on");
        await ctx.expectObject(name, bytes, "its stream has ended");
      }
    }
  }
}

/** WRI-10: what is seen while data that is there already replaces an object. */
export async function checkReplaced(ctx: CaseContext): Promise<void> {
  const other = await ctx.secondHandle();
  for (const [kind, make] of KINDS) {
    for (const size of [1_013, severalReports(ctx)]) {
      const bytes = ctx.bytes(size, size);
      const { data, size: told } = make(bytes);
      const options = told === undefined ? undefined : { size: told };
      const replace = (name: string) => writeObject(ctx, name, data, options);
      const what = `it is replaced by ${bytes.length} bytes, given as ${kind}`;
      await expectNeverGone(ctx, other, { bytes, replace, what });
    }
  }
}

async function expectUnlisted(
  ctx: CaseContext,
  name: string,
  store: ObjectStore,
): Promise<void> {
  const listing = (store as ListableObjectStore).listObjects(name);
  const names = await Array.fromAsync(listing);
  expect(ctx, names.length === 0, {
    expected: "what is being written is not listed",
    observed: `${names.length} names are: ${names[0]}`,
  });
}
