/** A name of plain characters with something to change at its beginning, in its middle and at its end. */
const PLAIN = "Run-07/step_1.0/data.Part.bin";

/**
 * Plain names that one change makes of each other, wherever it is made: every store accepts all of
 * them, and none is another (clause 2).
 */
export const CHANGED_PLAIN_NAMES: readonly string[] = [
  PLAIN,
  // Letter case: first, in the middle, after a dot, last.
  "run-07/step_1.0/data.Part.bin",
  "Run-07/Step_1.0/data.Part.bin",
  "Run-07/step_1.0/data.part.bin",
  "Run-07/step_1.0/data.Part.biN",
  // Marks at the ends of the name and of a segment in it.
  ...[".", "-", "_"].flatMap((mark) => [
    `${mark}${PLAIN}`,
    `${PLAIN}${mark}`,
    `Run-07${mark}/step_1.0/data.Part.bin`,
    `Run-07/${mark}step_1.0/data.Part.bin`,
    `Run-07/step_1.0/${mark}data.Part.bin`,
  ]),
  // Marks doubled, and taken for each other.
  "Run--07/step_1.0/data.Part.bin",
  "Run_07/step_1.0/data.Part.bin",
  "Run07/step_1.0/data.Part.bin",
  "Run-07/step__1.0/data.Part.bin",
  "Run-07/step-1.0/data.Part.bin",
  "Run-07/step_1.0/data..Part.bin",
  "Run-07/step_1.0/data_Part.bin",
  // Numbers that are equal.
  "Run-7/step_1.0/data.Part.bin",
  "Run-007/step_1.0/data.Part.bin",
  "Run-07/step_1.00/data.Part.bin",
  "Run-07/step_1/data.Part.bin",
  "Run-07/step_1e0/data.Part.bin",
  // Endings that are cut off or added.
  "Run-07/step_1.0/data.Part",
  "Run-07/step_1.0/data",
  "Run-07/step_1.0/data.Part.bin.gz",
  // Segments in another order, or joined another way.
  "step_1.0/Run-07/data.Part.bin",
  ...["", "_", "-", ".", "__", "--", "..", "_2F", "-2f", ".2F", "_s_", "_-_"]
    .map((joint) => `joined${joint}name`),
  "joined/name",
  "joine/dname",
  "joinedn/ame",
  // Long names that differ in one character only.
  ...[40, 70, 130, 199].flatMap((length) =>
    ["a", "b"].map((end) => `long-${length}/${"l".repeat(length)}${end}`)
  ),
  ...["A", "a"].map((end) => `far/${"f".repeat(90)}${end}`),
  ...["a", "b"].map((middle) =>
    `middle/${"m".repeat(90)}${middle}${"m".repeat(90)}`
  ),
  ...["a", "b"].map((middle) =>
    `${"n".repeat(150)}/${middle}/${"n".repeat(150)}/${"n".repeat(150)}`
  ),
];

/** Pieces of a name, each as it is and as a store may change it. */
const CHANGES: readonly (readonly [string, string])[] = [
  // Trimmed, or drawn together.
  ["pad ", "pad"],
  [" pad", "pad"],
  ["t\t", "t"],
  ["p  q", "p q"],
  // Composed, or made compatible.
  ["e\u0301", "\u00e9"],
  ["\ufb01n", "fin"],
  ["\u2460", "1"],
  ["\uff21", "A"],
  ["stra\u00dfe", "strasse"],
  // Letter case that is not one of ASCII.
  ["\u00c4", "\u00e4"],
  // Decoded once too often.
  ["%41z", "Az"],
  ["k+l", "k l"],
  ["&lt;v", "<v"],
  ["u\\u0041", "uA"],
  // Dropped.
  ["w\u200d", "w"],
  ["\ue000x", "x"],
  // Line ends made equal, a quoted character made bare.
  ["g\r\nh", "g\nh"],
  ['\\"y', '"y'],
  ["f\ufe0f", "f"],
  // Cut off.
  ["c?d", "c"],
  ["c#d", "c"],
  ["r;v=1", "r"],
  ["s:t", "s"],
];

/**
 * Names that one change makes of each other, made at the beginning, in one segment of many, after a
 * dot and at the end: each is kept exactly or refused (clause 2).
 */
export const CHANGED_ODD_NAMES: readonly string[] = [
  ...new Set(
    CHANGES.flatMap(([odd, plain], index) =>
      // The plain one first: the odd one is then looked for beside it.
      [plain, odd].flatMap((piece) => [
        `${piece}/${index}-first`,
        `${index}/in/${piece}/between`,
        `${index}-end/of.${piece}`,
      ])
    ),
  ),
];

/**
 * Plain names that a short hash takes for one: CRC-32, FNV-1 and FNV-1a, djb2
 * both ways, sdbm, Adler-32, Java's and the first four bytes of MD5, SHA-1 and
 * SHA-256.
 */
export const SAME_HASH_PAIRS: readonly (readonly [string, string])[] = [
  ["plumless", "buckeroo"],
  ["creamwove", "quists"],
  ["costarring", "liquid"],
  ["hetairas", "mentioner"],
  ["playwright", "snush"],
  ["n1aabkum", "n2tp46xz"],
  ["AbbA", "BaaB"],
  ["Aa", "BB"],
  ["nzi4", "n2sdi"],
  ["n360m", "n3fmo"],
  ["nkvi", "np25"],
];
