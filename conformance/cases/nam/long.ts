import type { CaseContext } from "../../model/case.ts";
import { expectInvalid } from "../../checks/invalid_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";

/** NAM-7: lengths on both sides of each boundary. */
export async function checkLongNames(ctx: CaseContext): Promise<void> {
  const segment = "s".repeat(199);
  const plain = [
    `${segment}a`,
    `${segment}b`,
    `${segment}a/${segment}b/${"t".repeat(109)}1`,
    `${segment}a/${segment}b/${"t".repeat(109)}2`,
    `deep${"/d".repeat(254)}`,
  ];
  const long = [201, 255, 256].flatMap((
    size,
  ) => ["1", "2"].map((end) => "l".repeat(size - 1) + end));
  const longest = [
    `${"m/".repeat(511)}m1`,
    `${"m/".repeat(511)}m2`,
    "\u00e9".repeat(512),
    // With the kit's own prefix, if that is the store's, these are still allowed.
    `${`${"p".repeat(178)}/`.repeat(5)}p1`,
    `${`${"p".repeat(178)}/`.repeat(5)}p2`,
  ];
  await expectNamesApart(
    ctx,
    plain.filter((name) => ctx.has("flat") || name !== plain[0]),
  );
  await expectNamesApart(ctx, [...long, ...longest], {
    // With the prefix it may be more than 1024 bytes.
    isDoubtful: (name) => longest.includes(name),
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
