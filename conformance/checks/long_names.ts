const SEGMENT = "s".repeat(199);

/** Plain names of the lengths that every store accepts: segments of 200 bytes, names of 512 (clause 2). Of the first, the third and the fourth are below. */
export const LONG_PLAIN_NAMES: readonly string[] = [
  `${SEGMENT}a`,
  `${SEGMENT}b`,
  `${SEGMENT}a/${SEGMENT}b/${"t".repeat(109)}1`,
  `${SEGMENT}a/${SEGMENT}b/${"t".repeat(109)}2`,
  `deep${"/d".repeat(254)}`,
];

/** Names of one segment that are longer than that, in pairs that differ at the end. */
export const LONGER_NAMES: readonly string[] = [201, 255, 256].flatMap((size) =>
  ["1", "2"].map((end) => "l".repeat(size - 1) + end)
);

/** The longest names that there are, 1024 bytes, and those that are it with the kit's own prefix, if that is the store's. */
export const LONGEST_NAMES: readonly string[] = [
  `${"m/".repeat(511)}m1`,
  `${"m/".repeat(511)}m2`,
  "\u00e9".repeat(512),
  `${`${"p".repeat(178)}/`.repeat(5)}p1`,
  `${`${"p".repeat(178)}/`.repeat(5)}p2`,
];

/** Tells of a name that it may be more than 1024 bytes with the store's prefix, and so refused. */
export const mayBeTooLong = (name: string): boolean =>
  LONGEST_NAMES.includes(name);
