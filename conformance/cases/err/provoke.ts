import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { deleteObject, readObject, writeObject } from "../shared/powers.ts";

/**
 * Makes the store fail in each way that needs no help of the service. What
 * fulfils all the same is for the cases of its clause, and only told.
 */
export async function provoke(ctx: CaseContext): Promise<Provocation> {
  const given = ctx.name("given");
  const missing = ctx.name("missing");
  const another = ctx.name("missing-too");
  await ctx.given(given, ctx.bytes(100));
  const occupied = await occupy(ctx);
  const directory = await occupyIn(ctx, given);
  const no = join(ctx.root, "no");
  // A store that does not close makes this file, which is no residue then.
  const late = ctx.at("late");
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const { store } = ctx;
  const calls: Call[] = [
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
    // Each is about its own object, also where the other has been asked for before.
    [
      "getObjectSize of another missing object",
      "OBJECT_NOT_FOUND",
      another,
      store,
      () => store.getObjectSize(another),
    ],
    [
      "the download of another missing object",
      "OBJECT_NOT_FOUND",
      another,
      store,
      () => ctx.download(another, no),
    ],
    [
      "the download to an existing file",
      "FILE_EXISTS",
      given,
      store,
      () => ctx.download(given, occupied),
    ],
    [
      "the download to a directory with such a file",
      "FILE_EXISTS",
      given,
      store,
      () => ctx.download(given, directory),
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
      () => ctx.download(given, late, undefined, closed),
    ],
    ...callsOfPowers(ctx, { given, missing, closed }),
  ];
  const provoked: Provoked[] = [];
  const stops: string[] = [];
  for (const [what, code, name, store, call] of calls) {
    const outcome = await ctx.within(20_000, settle(call()), what);
    if (outcome.status === "rejected") {
      provoked.push({ store, name, what, code, error: outcome.reason });
    } else {
      stops.push(`${what} fulfilled (clause ${CLAUSE_OF[code]})`);
    }
  }
  return { provoked, stops };
}

/** Those of the optional methods that the store declares. */
function callsOfPowers(
  ctx: CaseContext,
  { given, missing, closed }: {
    given: string;
    missing: string;
    closed: ObjectStore;
  },
): Call[] {
  const calls: Call[] = [];
  if (ctx.has("read")) {
    const read = () => readObject(ctx, missing);
    const readClosed = () => readObject(ctx, given, undefined, closed);
    const what = "readObject of a missing object";
    calls.push([what, "OBJECT_NOT_FOUND", missing, ctx.store, read]);
    calls.push([
      "readObject after close()",
      "CLOSED",
      given,
      closed,
      readClosed,
    ]);
  }
  if (ctx.has("write")) {
    const write = () => writeObject(ctx, given, "late", undefined, closed);
    calls.push(["writeObject after close()", "CLOSED", given, closed, write]);
  }
  if (ctx.has("delete")) {
    const remove = () => deleteObject(ctx, given, undefined, closed);
    calls.push(["deleteObject after close()", "CLOSED", given, closed, remove]);
  }
  return calls;
}

/** A call: in words, the code of its error, the object's name, the store, and how it is made. */
type Call = [string, string, string, ObjectStore, () => Promise<unknown>];

/** Leaves the case unverified if the store did not fail in every way: those errors have not been seen. */
export function expectNoStops(
  ctx: CaseContext,
  stops: readonly string[],
): void {
  if (stops.length === 0) return;
  throw ctx.unverified(`stopped by ${stops.join("; ")}`);
}

/** Clauses that want these failures. */
export const CLAUSE_OF: Readonly<Record<string, number>> = {
  OBJECT_NOT_FOUND: 7,
  FILE_EXISTS: 11,
  CLOSED: 28,
};

/** The failures that {@linkcode provoke} has brought about. */
export interface Provocation {
  readonly provoked: Provoked[];
  /** Calls that were to fail and have not, a text each. */
  readonly stops: string[];
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

/** A directory with a file of the object's name. */
async function occupyIn(ctx: CaseContext, name: string): Promise<string> {
  const directory = join(ctx.scratch, "occupied");
  await fs.mkdir(directory);
  await fs.writeFile(join(directory, name), "mine");
  return directory;
}
