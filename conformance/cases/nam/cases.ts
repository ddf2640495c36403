import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case } from "../../model/case.ts";
import { expectEqual, settle } from "../../checks/expect.ts";
import {
  CASE_PAIRS,
  ENCODING_GROUPS,
  NORMALIZATION_PAIRS,
  PROTOTYPE_NAMES,
  PUNCTUATION_NAMES,
  shellNames,
  UNICODE_NAMES,
  WINDOWS_NAMES,
} from "../../checks/hostile_names.ts";
import { expectInvalid, expectNotString } from "../../checks/invalid_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";
import { checkPathNames } from "./paths.ts";
import { namChangedCases } from "./changed.ts";
import { checkDeepNames } from "./deep.ts";
import { checkLongNames } from "./long.ts";
import {
  checkEmptyObject,
  checkPair,
  checkPlaceAsName,
  checkTemporaryNames,
} from "./objects.ts";

/** Odd names, unicode, empty objects. */
export const namCases: readonly Case[] = [
  {
    id: "NAM-1",
    clauses: [2],
    level: "must",
    title: "names of other alphabets are kept exactly, or refused",
    explain:
      "Emoji, CJK, right-to-left, combining and invisible characters are bytes of the name: encode it once, as UTF-8, and decode it never.",
    run: async (ctx) => void await expectNamesApart(ctx, UNICODE_NAMES),
  },
  {
    id: "NAM-2",
    clauses: [2],
    level: "must",
    title: "composed and decomposed forms are two names, or one is refused",
    explain:
      "No unicode normalising: two forms of a word are two objects. A place that folds them, as some file systems do, has to refuse one of them rather than overwrite the other.",
    async run(ctx) {
      for (const pair of NORMALIZATION_PAIRS) {
        await expectNamesApart(ctx, pair, { looksBefore: true });
      }
    },
  },
  {
    id: "NAM-3",
    clauses: [2],
    level: "must",
    title: "names that differ in case alone are two objects",
    explain:
      "These are plain names, so every store accepts all of them, and no store folds case; on a file system that does, names have to be encoded.",
    async run(ctx) {
      for (const pair of CASE_PAIRS) {
        await expectNamesApart(ctx, pair, { looksBefore: true });
      }
    },
  },
  {
    id: "NAM-4",
    clauses: [2],
    level: "must",
    title: "an escape in a name is not decoded, and a plus is not a space",
    explain:
      "`a%2Fb` is not `a/b`, `%46` is not `F` and `+` is not a space: encode a name once where it goes into a URL, and never decode what the caller gave.",
    async run(ctx) {
      for (const group of ENCODING_GROUPS) {
        await expectNamesApart(ctx, group, { looksBefore: true });
      }
    },
  },
  {
    id: "NAM-5",
    clauses: [2],
    level: "must",
    title: "spaces, punctuation and control characters are kept, or refused",
    explain:
      "What URLs, headers, XML, shells and Windows take for their own is kept exactly or refused with InvalidObjectNameError; nothing is trimmed, cut at a `?` or replaced.",
    run: async (ctx) => void await expectNamesApart(ctx, PUNCTUATION_NAMES),
  },
  {
    id: "NAM-6",
    clauses: [2, 4],
    level: "must",
    title: "`..`, `.` and empty segments never escape and never alias",
    explain:
      "`../x`, `./a`, `/a` and `a//b` are those very names or InvalidObjectNameError. Look at what joins prefix and name: `join` and `new URL` resolve dots, and HTTP clients do, too. Each is looked for before it is uploaded as well, when `a/b` and its like are there: a read that tries another name where there is nothing finds one of these.",
    run: checkPathNames,
  },
  {
    id: "NAM-7",
    clauses: [2, 1],
    level: "must",
    title: "long names work up to what clause 2 says, and end at 1024 bytes",
    explain:
      "Segments of 200 bytes and plain names of 512 work everywhere; longer ones are kept or InvalidObjectNameError, and from 1025 bytes on always that: never a raw ENAMETOOLONG.",
    run: checkLongNames,
  },
  {
    id: "NAM-8",
    clauses: [2],
    level: "must",
    title: "what a shell or a format string would run is inert",
    explain:
      "No name reaches a shell, a format string or a template. The case looks for the file that a shell would have made, and for each object under its very name.",
    async run(ctx) {
      const canary = join(ctx.scratch, "canary");
      await expectNamesApart(ctx, shellNames(canary));
      const made = await settle(fs.lstat(canary));
      expectEqual(
        ctx,
        made.status === "fulfilled",
        false,
        "whether a command in a name was run",
      );
    },
  },
  {
    id: "NAM-9",
    clauses: [3],
    level: "must",
    title:
      "`a` and `a/b` coexist, or the second is refused, the first unharmed",
    explain:
      "The namespace is flat. A store on directories either encodes its names, or says so (no capability `flat`) and refuses the second with ObjectNameConflictError.",
    async run(ctx) {
      const a = ctx.name("flat");
      const b = ctx.name("flat");
      await checkPair(ctx, a, `${a}/b`);
      await checkPair(ctx, `${b}/c/d`, b);
      if (!ctx.has("flat")) return;
      await checkPair(ctx, `${a}/b/c`, `${b}/c`);
    },
  },
  {
    id: "NAM-10",
    clauses: [2],
    level: "should",
    title: "names that Windows takes for devices work as any other",
    explain:
      "`CON`, `aux.txt` and a dot at the end are plain names, which every store accepts wherever it runs; a space at the end is kept or refused.",
    run: async (ctx) => void await expectNamesApart(ctx, WINDOWS_NAMES),
  },
  {
    id: "NAM-11",
    clauses: [2, 7],
    level: "must",
    title: "`__proto__`, `constructor` and their like are ordinary names",
    explain:
      "A plain object used as a table finds these names without anyone having stored them: use a Map. They are looked for before the upload and after it.",
    async run(ctx) {
      for (const name of PROTOTYPE_NAMES) {
        await ctx.expectNoObject(name, `nobody has uploaded ${name}`);
      }
      await expectNamesApart(ctx, PROTOTYPE_NAMES);
    },
  },
  {
    id: "NAM-12",
    clauses: [1],
    level: "must",
    title:
      "empty, ill-formed and NUL names are invalid; non-strings TypeErrors",
    explain:
      'Every method says InvalidObjectNameError for such a name and TypeError for what is not a string: a name is never converted, so `null` is not the object "null".',
    async run(ctx) {
      const inside = ["a\0b", "\0", "a\udc00", "\ud800b", "x/\udfff/y"];
      for (const name of ["", ...inside]) {
        await expectInvalid(ctx, name);
      }
      for (const value of [7, null, undefined, {}, ["a"], true, Symbol("a")]) {
        await expectNotString(ctx, value);
      }
      await expectNotString(ctx, Object("boxed"));
    },
  },
  {
    id: "NAM-13",
    clauses: [2],
    level: "must",
    title: "names that look like temporary or metadata files stay objects",
    explain:
      "These are plain names. What the store keeps for itself must not lie where a name can reach it, and must not be recognised by how a name looks.",
    run: checkTemporaryNames,
  },
  {
    id: "NAM-14",
    clauses: [2, 4],
    level: "must",
    title: "the prefix or the URI put before a name makes another name",
    explain:
      "`prefix/x` is not `x`, and the object's URI is a name like any other, kept literally or refused: nothing strips what looks like the store's own place.",
    run: checkPlaceAsName,
  },
  {
    id: "NAM-15",
    clauses: [8, 6, 19],
    level: "must",
    title: "an empty object is an object",
    explain:
      "Zero bytes are stored, found, downloaded as an empty file and reported as one (0, 0). A ranged request on an empty object, and a test for a falsy size, are the usual causes.",
    run: checkEmptyObject,
  },
  {
    id: "NAM-16",
    clauses: [2],
    level: "must",
    title: "names of many segments are kept, where nothing was before",
    explain:
      "A plain name of 512 bytes can have 256 segments. If this fails with ENOENT, look for a loop that makes one directory an attempt and gives up after some attempts.",
    run: checkDeepNames,
  },
  ...namChangedCases,
];
