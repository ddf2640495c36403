import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { expectRejection } from "../../checks/expect.ts";
import type { ObjectStore } from "../../../src/object_store.ts";

/** Makes the store fail in each way that needs no help of the service. */
export async function provoke(ctx: CaseContext): Promise<Provoked[]> {
  const given = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(given, ctx.bytes(100));
  const occupied = await occupy(ctx);
  const no = join(ctx.root, "no");
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const { store } = ctx;
  const calls: [string, string, string, ObjectStore, () => Promise<unknown>][] =
    [
      [
        "getObjectSize of a missing object",
        "OBJECT_NOT_FOUND",
        missing,
        store,
        () => store.getObjectSize(missing),
      ],
      [
        "the download of a missing object",
        "OBJECT_NOT_FOUND",
        missing,
        store,
        () => ctx.download(missing, no),
      ],
      [
        "the download to an existing file",
        "FILE_EXISTS",
        given,
        store,
        () => ctx.download(given, occupied),
      ],
      [
        "getObjectSize after close()",
        "CLOSED",
        given,
        closed,
        () => closed.getObjectSize(given),
      ],
      [
        "an upload after close()",
        "CLOSED",
        given,
        closed,
        () => ctx.upload(given, ctx.bytes(1), undefined, closed),
      ],
      [
        "a download after close()",
        "CLOSED",
        given,
        closed,
        () => ctx.download(given, no, undefined, closed),
      ],
    ];
  const provoked: Provoked[] = [];
  for (const [what, code, name, store, call] of calls) {
    const error = await expectRejection(ctx, call(), what);
    provoked.push({ store, name, what, code, error });
  }
  return provoked;
}

/** A failure that is made on purpose. */
export interface Provoked {
  readonly store: ObjectStore;
  readonly name: string;
  readonly what: string;
  readonly code: string;
  readonly error: unknown;
}

/** A file in the root that a download must not replace. */
export async function occupy(ctx: CaseContext): Promise<string> {
  const path = ctx.at("occupied");
  await fs.writeFile(path, "mine");
  return path;
}
