import type { Harness } from "../../../conformance/model/harness.ts";
import type { Mutant } from "./mutant.ts";

// A process of a case loads the mutant by the query of this module's URL.
const query = new URL(import.meta.url).searchParams;

/** The harness of the mutant that the URL names, as `as_module.ts?group=get&name=get-fixed-mode`. */
const harness: Harness = await loadHarness(
  `${query.get("group")}`,
  `${query.get("name")}`,
);

export default harness;

async function loadHarness(group: string, name: string): Promise<Harness> {
  const lists: Record<string, readonly Mutant[]> = await import(
    `./${group}.ts`
  );
  const found = Object.values(lists).flat().find((mutant) =>
    mutant.name === name
  );
  if (found) return found.harness;
  throw new TypeError(`Cannot load mutant "${name}" as there is none`);
}
