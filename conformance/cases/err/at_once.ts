import { join } from "@std/path/join";
import { askUri } from "../../checks/ask_uri.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import { errorChain, expectEqual, settle } from "../../checks/expect.ts";
import type { CaseContext } from "../../model/case.ts";

/** So many objects are asked for at once. */
const OBJECTS = 6;

/** ERR-2: many that fail at once, each of which tells of its own object. */
export async function checkAtOnce(ctx: CaseContext): Promise<void> {
  const { store } = ctx;
  const names = Array.from({ length: OBJECTS }, () => ctx.name("missing"));
  const begun = names.flatMap((name, index) =>
    ([
      ["getObjectSize", settle(store.getObjectSize(name))],
      [
        "the download",
        settle(store.downloadObject(name, join(ctx.root, `no-${index}`))),
      ],
    ] as const).map(([what, outcome]) => ({ name, what, outcome }))
  );
  const outcomes = await ctx.within(
    20_000,
    Promise.all(begun.map(({ outcome }) => outcome)),
    "sizes and downloads of missing objects at once",
  );
  for (const [index, { name, what }] of begun.entries()) {
    const outcome = outcomes[index];
    // What else may be wrong with it is for other cases.
    if (outcome?.status !== "rejected") continue;
    const error: unknown = outcome.reason;
    if (!isStoreError(error)) continue;
    const { objectName, uri } = error as {
      objectName?: unknown;
      uri?: unknown;
    };
    const of = `${what} of a missing object, one of ${begun.length} at once`;
    const details = {
      clause: 22,
      hint: "an error tells of another operation's object",
      evidence: [errorChain(error)],
    };
    expectEqual(ctx, objectName, name, `objectName in ${of}`, details);
    const right = await askUri(ctx, store, name);
    expectEqual(ctx, uri, right, `uri in ${of}`, details);
  }
}
