/**
 * Writes `conformance/diagnosis/signatures.json`: each known fault of stores, with the cases that
 * catch it, from the mutants. Published, unlike the mutants themselves.
 *
 * @module
 */
import type { Signature } from "../../conformance/diagnosis/find_faults.ts";
import { mutants } from "./mutants/mod.ts";

const FILE = new URL(
  "../../conformance/diagnosis/signatures.json",
  import.meta.url,
);

if (import.meta.main) await Deno.writeTextFile(FILE, buildSignatures());

/**
 * Text of the file of signatures: JSON, a fault a line, so that a change shows what has changed.
 *
 * @returns One array of {@linkcode Signature}, as `deno fmt` leaves it.
 */
export function buildSignatures(): string {
  const signatures = mutants.map((mutant): Signature => ({
    name: mutant.name,
    fault: mutant.description,
    cases: [...mutant.caughtBy],
  }));
  return `${JSON.stringify(signatures, null, 1)}\n`;
}
