import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { describeError } from "../../checks/error_chain.ts";
import { errorChain, expect, settle } from "../../checks/expect.ts";
import { drainEventLoop } from "../../checks/ticks.ts";

/** ERR-10: calls that have to fail, made without anything around them that would turn an exception into a rejection. */
export async function checkRejections(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const name = ctx.name("given");
  const missing = ctx.name("missing");
  await ctx.given(name, ctx.bytes(100));
  const source = await ctx.source(ctx.bytes(10));
  const no = join(ctx.root, "no");
  const signal = AbortSignal.abort(new Error("the caller's own reason"));
  // Where a store goes on after close() or an abort, or takes a bad name, there is a file, and other cases say so.
  const taken = ctx.at("taken");
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const wrong = 7 as unknown as string;
  const seven = 7 as unknown as undefined;
  const calls: [string, () => Promise<unknown>][] = [
    ...["", wrong].flatMap((bad): [string, () => Promise<unknown>][] => [
      ["getObjectSize() with a bad name", () => store.getObjectSize(bad)],
      ["uploadObject() with a bad name", () => store.uploadObject(bad, source)],
      [
        "downloadObject() with a bad name",
        () => store.downloadObject(bad, taken),
      ],
      ["uploadObject() from a bad path", () => store.uploadObject(name, bad)],
      ["downloadObject() to a bad path", () => store.downloadObject(name, bad)],
    ]),
    // A store may take such options for none: then it is a missing object or file that it tells. Not
    // `null`, which a parameter taken apart by the language itself refuses at once.
    [
      "getObjectSize() with 7 as options",
      () => store.getObjectSize(missing, seven),
    ],
    [
      "uploadObject() with 7 as options",
      () => store.uploadObject(name, no, seven),
    ],
    [
      "downloadObject() with 7 as options",
      () => store.downloadObject(missing, no, seven),
    ],
    ["getObjectSize() of no object", () => store.getObjectSize(missing)],
    ["downloadObject() of no object", () => store.downloadObject(missing, no)],
    ["uploadObject() of no file", () => store.uploadObject(name, no)],
    ["getObjectSize(), aborted", () => store.getObjectSize(name, { signal })],
    [
      "uploadObject(), aborted",
      () => store.uploadObject(name, source, { signal }),
    ],
    [
      "downloadObject(), aborted",
      () => store.downloadObject(name, taken, { signal }),
    ],
    ["getObjectSize(), closed", () => closed.getObjectSize(name)],
    ["uploadObject(), closed", () => closed.uploadObject(name, source)],
    ["downloadObject(), closed", () => closed.downloadObject(name, taken)],
  ];
  for (const [what, call] of calls) {
    let promise: Promise<unknown>;
    try {
      promise = call();
    } catch (error) {
      throw ctx.fail({
        expected: `${what} returns a promise, which rejects`,
        observed: "it threw",
        evidence: [errorChain(error)],
      });
    }
    await ctx.within(20_000, settle(Promise.resolve(promise)), what);
  }
  await drainEventLoop();
  expect(ctx, ctx.unhandled.length === 0, {
    expected: "no rejection of the whole run was left unhandled",
    observed: `${ctx.unhandled.length} were`,
    hint: "a promise inside the store is neither awaited nor caught",
    evidence: ctx.unhandled.map(({ error, during }) => ({
      title: `unhandled during ${during.join(", ")}`,
      lines: describeError(error),
    })),
  });
}
