import type { CaseContext } from "../../model/case.ts";
import { expectInvalid } from "../../checks/invalid_names.ts";
import {
  LONG_PLAIN_NAMES,
  LONGER_NAMES,
  LONGEST_NAMES,
  mayBeTooLong,
} from "../../checks/long_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";

/** NAM-7: lengths on both sides of each boundary. */
export async function checkLongNames(ctx: CaseContext): Promise<void> {
  await expectNamesApart(
    ctx,
    LONG_PLAIN_NAMES.slice(ctx.has("flat") ? 0 : 1),
  );
  await expectNamesApart(ctx, [...LONGER_NAMES, ...LONGEST_NAMES], {
    isDoubtful: mayBeTooLong,
  });
  for (
    const name of [
      "n".repeat(1025),
      `${"\u00e9".repeat(512)}n`,
      "n".repeat(70_000),
    ]
  ) {
    await expectInvalid(ctx, name);
  }
}
