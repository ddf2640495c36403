/**
 * Writes `conformance/diagnosis/signatures.json`: each known fault of stores, with the cases that
 * catch it, from the mutants. Published, unlike the mutants themselves.
 *
 * @module
 */
import type { Signature } from "../../conformance/diagnosis/find_faults.ts";
import { mutants } from "./mutants/mod.ts";
/** Mutants of each kind, by hand. One that is listed nowhere is a kind of its own. */
import mutantsOfKind from "./mutants_of_kind.json" with { type: "json" };

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
  const kinds = new Map(
    Object.entries(mutantsOfKind).flatMap(([kind, names]) =>
      names.map((name) => [name, kind] as const)
    ),
  );
  const signatures = mutants.map(({ name, description, caughtBy }) => {
    const kind = kinds.get(name);
    const signature: Signature = {
      name,
      fault: description,
      ...(kind === undefined ? {} : { kind }),
      cases: [...caughtBy],
    };
    return signature;
  });
  return `${JSON.stringify(signatures, null, 1)}\n`;
}
