/** Other alphabets, directions and planes, and characters that some tools take for line ends or drop. */
export const UNICODE_NAMES: readonly string[] = [
  "😀.bin",
  "👩‍👩‍👧‍👦/family",
  "漢字/かな.txt",
  "שלום/مرحبا",
  "a\u0300\u0301\u0327",
  "𝒳𐍈",
  "line\u2028separator",
  "paragraph\u2029separator",
  "no\u00a0break",
  "zero\u200bwidth",
  "\u202eoverride",
  "\ufeffmark",
  // What is left when one of the characters above is dropped or replaced.
  "😁.bin",
  "?.bin",
  "a",
  "𝒴𐍈",
  "X𐍈",
  "line separator",
  "lineseparator",
  "no break",
  "zerowidth",
  "override",
  "mark",
];

/** Pairs that are canonically equivalent in unicode and yet two names: composed first. */
export const NORMALIZATION_PAIRS: readonly (readonly [string, string])[] = [
  ["caf\u00e9", "cafe\u0301"],
  ["\u1e9b\u0323", "\u017f\u0323\u0307"],
  ["\u00c5ngstr\u00f6m", "\u212bngstro\u0308m"],
  ["\uac00", "\u1100\u1161"],
];

/** Plain names that differ in case alone. */
export const CASE_PAIRS: readonly (readonly [string, string])[] = [
  ["A", "a"],
  ["Mixed/Name.BIN", "mixed/name.bin"],
  ["README", "Readme"],
];

/** Groups of names that one decoding, encoding or folding too many makes equal. */
export const ENCODING_GROUPS: readonly (readonly string[])[] = [
  ["a/b", "a%2Fb", "a%2fb", "a%252Fb"],
  ["F", "%46", "%2546"],
  ["c d", "c+d", "c%20d", "c%2Bd"],
  ["e&f", "e&amp;f", "e%26f"],
  ["g", "g%", "g%2", "g%zz"],
  ["h", "h?x=1", "h#x", "h%3Fx=1", "h;x"],
  ["i=", "i%3D", "i%3d"],
];

/** Spaces, quotes, what URLs, headers, XML and Windows take for their own, and control characters. */
export const PUNCTUATION_NAMES: readonly string[] = [
  " leading",
  "trailing ",
  " ",
  "two  spaces",
  `double"quote`,
  "single'quote",
  "question?mark",
  "hash#mark",
  "amper&sand",
  "semi;colon",
  "aster*isk",
  "co:lon",
  "less<than",
  "greater>than",
  "pi|pe",
  "[brackets]",
  "{braces}",
  "(parentheses)",
  "back\\slash",
  "back\\..\\slash",
  "ca^ret",
  "til~de",
  "at@sign",
  "equals=sign",
  "com,ma",
  "excla!mation",
  "dollar$sign",
  "-leading-hyphen",
  "tab\there",
  "new\nline",
  "carriage\rreturn",
  "bell\u0007",
  "escape\u001b[31m",
  "delete\u007f",
  "next\u0085line",
  // What is left when one of the characters above is dropped, or taken for an end.
  "leading",
  "trailing",
  "two spaces",
  "question",
  "hash",
  "semi",
  "back/slash",
  "slash",
  "co_lon",
  "-",
  "tab here",
  "new line",
  "newline",
  "carriagereturn",
];

/** Names that a path would take for another place. */
export const PATH_NAMES: readonly string[] = [
  "../x",
  "../../x",
  "a/../b",
  "a/..",
  "..",
  ".",
  "./a",
  "a/./b",
  "a/.",
  "/a",
  "//a",
  "/",
  "a//b",
  "a/",
  "a//",
];

/** Names that a shell, a format string or a template would do something with; `CANARY` stands for a path. */
export const shellNames = (canary: string): readonly string[] => [
  `$(touch ${canary})`,
  `\`touch ${canary}\``,
  `; touch ${canary}`,
  `| touch ${canary}`,
  `&& touch ${canary} &&`,
  "%s%n%d",
  "${x}",
  "{0}",
  "$HOME",
  "%PATH%",
  "~",
  "--help",
  "<!--x-->",
  "'; drop table objects; --",
  // What is left when one of the above is filled in with nothing.
  "%n%d",
  "$",
  "{}",
  "x",
];

/** Names that Windows takes for devices, or from which it takes the end. */
export const WINDOWS_NAMES: readonly string[] = [
  "CON",
  "con.txt",
  "aux.txt",
  "NUL",
  "COM1",
  "lpt1.log",
  "trailing.",
  "trailing-space ",
  "dir./x",
  "con",
  "trailing",
  "trailing-space",
  "dir/x",
];

/** Names that every JavaScript object has. */
export const PROTOTYPE_NAMES: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "prototype",
];

/** Plain names that look like temporary, part or metadata files. */
export const TEMPORARY_NAMES: readonly string[] = [
  ".tmp",
  ".part",
  "a.tmp",
  "a.part",
  "a.part.minio",
  "a.0123456789abcdef.part.minio",
  ".a.tmp",
  ".a.swp",
  "a.crdownload",
  "a.lock",
  "a.metadata",
  "a.meta.json",
  ".metadata",
  "a.etag",
  ".index",
  ".minio.sys/a",
  ".DS_Store",
  ".gitkeep",
  ".storekit",
  ".storekit-tmp/a",
  "a.meta",
  "a_meta",
  "a.json",
  "a.info",
  "a.attrs",
  "a.md5",
  "a.sha256",
  "a.crc32",
  "a.bak",
  "a.old",
  "a.new",
  "a.upload",
  "a.uploads",
  "partial-a",
  "a..b",
  "...",
];

/** Every valid odd name once, the groups above together. */
export const HOSTILE_NAMES: readonly string[] = [
  ...new Set([
    ...UNICODE_NAMES,
    ...NORMALIZATION_PAIRS.flat(),
    ...CASE_PAIRS.flat(),
    ...ENCODING_GROUPS.flat(),
    ...PUNCTUATION_NAMES,
    ...PATH_NAMES,
    ...shellNames("CANARY"),
    ...WINDOWS_NAMES,
    ...PROTOTYPE_NAMES,
    ...TEMPORARY_NAMES,
  ]),
];
