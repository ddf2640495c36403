import type { CaseContext } from "../../model/case.ts";

/**
 * The error to throw where one process does not find what another has stored,
 * although the harness declares `process`: mostly it is the declaration that
 * is wrong.
 */
export function notSeen(ctx: CaseContext, name: string): Error {
  return ctx.fail({
    expected: `another process finds the object ${
      JSON.stringify(name)
    }, as the harness declares 'process'`,
    observed: "OBJECT_NOT_FOUND",
    clause: 4,
    hint:
      "a store whose objects are in the memory of one process must not declare 'process'; otherwise `open` has to reach the same place with the same `ctx.prefix`",
  });
}
