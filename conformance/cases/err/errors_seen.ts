import type { CaseContext } from "../../model/case.ts";
import { BRAND, isStoreError, NAME_OF_CODE } from "../../checks/error_chain.ts";
import { errorChain, expect } from "../../checks/expect.ts";

/** ERR-14: the name and code of every error that an operation of the run has rejected with. */
export function checkErrorsSeen(ctx: CaseContext): void {
  let seen = 0;
  for (const { id, method, error } of ctx.errorsSeen) {
    if (!(error instanceof Error)) continue;
    const { name, code } = error as { name: unknown; code?: unknown };
    const where = `the error of ${method}() in ${id}`;
    const evidence = [errorChain(error)];
    if ((error as { [BRAND]?: unknown })[BRAND]) {
      seen++;
      const right = isStoreError(error) ? NAME_OF_CODE[error.code] : undefined;
      expect(ctx, right !== undefined && name === right, {
        expected: `${where} has a pair of name and code of the table`,
        observed: `${name} and ${code}`,
        evidence,
      });
      continue;
    }
    const names = Object.values(NAME_OF_CODE);
    expect(
      ctx,
      !Object.hasOwn(NAME_OF_CODE, `${code}`) && !names.includes(`${name}`),
      {
        expected:
          `${where}, which has no brand, has no name or code of the table`,
        observed: `${name} and ${code}`,
        clause: 23,
        hint:
          'the brand is the property Symbol.for("@storekit/object-store/error")',
        evidence,
      },
    );
  }
  if (seen === 0) {
    throw ctx.unverified(
      "no operation of this run has failed with an error of the store",
    );
  }
}
