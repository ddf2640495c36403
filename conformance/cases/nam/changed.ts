import type { Case } from "../../model/case.ts";
import {
  CHANGED_ODD_NAMES,
  CHANGED_PLAIN_NAMES,
  SAME_HASH_PAIRS,
} from "../../checks/changed_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";

/** The part of group NAM that changes names at every place in them. */
export const namChangedCases: readonly Case[] = [{
  id: "NAM-17",
  clauses: [2],
  level: "must",
  timeoutMs: 120_000,
  title: "plain names that differ in one place are different objects",
  explain:
    "Letter case, marks at the ends of segments, doubled marks, leading zeros, endings, joints between segments and single characters of long names are changed, each at the beginning, in the middle and at the end. All of them are plain names, so that every store keeps all of them. A place that folds, trims, cuts or joins names needs an encoding that can be undone.",
  run: async (ctx) => void await expectNamesApart(ctx, CHANGED_PLAIN_NAMES),
}, {
  id: "NAM-18",
  clauses: [2],
  level: "must",
  timeoutMs: 120_000,
  title: "no change of an odd name at any place makes it another",
  explain:
    "White space, accents, ligatures, escapes and what begins a query are put at the beginning of a name, in one segment of many, after a dot and at its end; beside each name the one that trimming, normalising, decoding or cutting would make of it is stored, and the name itself is looked for before it is. Each is kept exactly or refused with InvalidObjectNameError.",
  run: async (ctx) =>
    void await expectNamesApart(ctx, CHANGED_ODD_NAMES, { looksBefore: true }),
}, {
  id: "NAM-19",
  clauses: [2],
  level: "must",
  title: "names that a short hash takes for one are different objects",
  explain:
    "Pairs of plain names with the same CRC-32, FNV, djb2, sdbm, Adler-32, Java hash, or the same first 32 bits of MD5, SHA-1 or SHA-256. A name that is stored by its digest needs all bits of a cryptographic one, or the name beside the bytes to compare with.",
  run: async (ctx) => void await expectNamesApart(ctx, SAME_HASH_PAIRS.flat()),
}];
