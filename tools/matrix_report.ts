import { catalogue } from "../conformance/cases/catalogue.ts";
import type { Verdict } from "../conformance/mutants/matrix.ts";

/**
 * The cases that this machine cannot judge: those that the plain store leaves
 * unverified for want of a device.
 *
 * @param plain What was said of it.
 */
export function findExcused({ unverified }: Verdict): string[] {
  return Object.keys(unverified).filter((id) =>
    /'(?:other|small|noLink)Device'/.test(`${unverified[id]}`)
  );
}

/** Prints the kill matrix: each mutant with its cases, and each case with its mutants. */
export function printMatrix(verdicts: readonly Verdict[]): void {
  if (verdicts.length === 0) return;
  console.log("\nMutant: the cases that catch it");
  for (const { name, caught } of verdicts) {
    console.log(`${name}: ${caught.join(" ")}`);
  }
  console.log("\nCase: the mutants that it catches");
  const ids = new Set(verdicts.flatMap(({ caught }) => caught));
  for (const { id } of catalogue.filter(({ id }) => ids.has(id))) {
    const caught = verdicts.filter((verdict) => verdict.caught.includes(id));
    console.log(`${id}: ${caught.map(({ name }) => name).join(" ")}`);
  }
}
