import type { Harness } from "../../../conformance/model/harness.ts";
import { variants } from "./mod.ts";

// A process of a case names the variant in the query of this module's URL.
const name = new URL(import.meta.url).searchParams.get("name");

/** The harness of the variant that the URL names, as `as_module.ts?name=delays`. */
const harness: Harness = findHarness(name);

export default harness;

function findHarness(name: string | null): Harness {
  const found = variants.find((variant) => variant.name === name);
  if (found) return found.harness;
  throw new TypeError(`Cannot load variant "${name}" as there is none`);
}
