import { writeFile } from "node:fs/promises";
import { join } from "@std/path/join";
import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectStore,
  ReadableObjectStore,
  WritableObjectStore,
} from "../../../src/object_store.ts";
import type { ChildContext } from "../../model/case.ts";
import { moveLarge } from "../shared/large_transfers.ts";

/** The process of CLS-4: uses a store in every way, also failing and aborted, closes it and returns. */
export async function clsChild(ctx: ChildContext): Promise<void> {
  const { directory, size, large, powers } = ctx.input as {
    directory: string;
    size: number;
    large: string;
    powers: string[];
  };
  const store = await ctx.open();
  const source = join(directory, "child-source");
  await writeFile(source, new Uint8Array(size).fill(7));
  const small = join(directory, "child-small-source");
  await writeFile(small, BYTES);
  for (const name of ["child", "child-2", "child-3"]) {
    await store.uploadObject(name, source);
  }
  await store.getObjectSize("child");
  await store.downloadObject("child", join(directory, "child-fetched"));
  const callback = () => {
    throw new Error("thrown by the callback");
  };
  await Promise.allSettled([
    store.uploadObject("failed", source, { callback }),
    store.downloadObject("child", join(directory, "child-failed"), {
      callback,
    }),
    store.getObjectSize("missing"),
    store.downloadObject("missing", join(directory, "child-missing")),
    store.uploadObject("none", join(directory, "no such source")),
    abort((signal) => store.getObjectSize("child", { signal })),
    abort((signal) => store.uploadObject("aborted", source, { signal })),
    abort((signal) =>
      store.downloadObject("child", join(directory, "child-aborted"), {
        signal,
      })
    ),
    // Before its request, while that is under way, and when its answer comes.
    ...[0, 1, 2, 4, 8].map((ms) =>
      abort(
        (signal) => store.uploadObject(`aborted-${ms}`, small, { signal }),
        ms,
      )
    ),
  ]);
  const name = "child-large";
  await moveLarge({ store, root: directory, name, source: large });
  await usePowers(store, powers);
  await store.close();
  await ctx.emit("closed");
}

/** Uses each optional power that the store has: to its end, given up, failing and aborted. */
async function usePowers(
  store: ObjectStore,
  powers: readonly string[],
): Promise<void> {
  const all = store as
    & ReadableObjectStore
    & WritableObjectStore
    & DeletableObjectStore
    & ListableObjectStore;
  if (powers.includes("list")) {
    for await (const _ of all.listObjects()) continue;
    for await (const _ of all.listObjects("child")) break;
    await settle(abort((signal) => listWhole(all, signal)));
  }
  if (powers.includes("read")) {
    await (await all.readObject("child")).bytes();
    await (await all.readObject("child", { offset: 1 })).stream.cancel();
    const half = (await all.readObject("child-2")).stream.getReader();
    await half.read();
    await half.cancel("read enough");
    await settle(all.readObject("missing"));
    await settle(abort((signal) => all.readObject("child", { signal })));
    // What nobody reads is ended by close().
    await all.readObject("child-3");
  }
  if (powers.includes("write")) {
    await all.writeObject("written", "text");
    await all.writeObject("streamed", ReadableStream.from([BYTES, BYTES]));
    await settle(all.writeObject("failing", failingStream()));
    const never = new ReadableStream<Uint8Array>();
    await settle(abort((signal) => all.writeObject("a", never, { signal })));
  }
  if (powers.includes("delete")) {
    await all.deleteObject("child-2");
    await all.deleteObject("missing");
    await settle(abort((signal) => all.deleteObject("child", { signal })));
  }
}

const BYTES = new Uint8Array(100);

/** Waits for a promise, whatever becomes of it. */
async function settle(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => {});
}

async function listWhole(
  store: ListableObjectStore,
  signal: AbortSignal,
): Promise<void> {
  for await (const _ of store.listObjects("", { signal })) continue;
}

function failingStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(BYTES),
    pull: (controller) => controller.error(new Error("the source failed")),
  });
}

/** Begins an operation and aborts it: at once, or after so many milliseconds. */
function abort(
  operation: (signal: AbortSignal) => Promise<unknown>,
  ms?: number,
): Promise<unknown> {
  const controller = new AbortController();
  const promise = operation(controller.signal);
  if (ms === undefined) controller.abort();
  else setTimeout(() => controller.abort(), ms);
  return promise;
}
