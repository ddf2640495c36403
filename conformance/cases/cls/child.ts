import { writeFile } from "node:fs/promises";
import { join } from "@std/path/join";
import type { ChildContext } from "../../model/case.ts";

/** The process of CLS-4: uses a store in every way, also failing and aborted, closes it and returns. */
export async function clsChild(ctx: ChildContext): Promise<void> {
  const { directory, size } = ctx.input as {
    directory: string;
    size: number;
  };
  const store = await ctx.open();
  const source = join(directory, "child-source");
  await writeFile(source, new Uint8Array(size).fill(7));
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
  ]);
  await store.close();
  await ctx.emit("closed");
}

function abort(
  operation: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const controller = new AbortController();
  const promise = operation(controller.signal);
  controller.abort();
  return promise;
}
