import { defineHarness } from "../../../conformance/model/define_harness.ts";
import type { Harness } from "../../../conformance/model/harness.ts";
import { memoryHarness } from "../../proof/reference/memory_harness.ts";

/** The store in memory, with a harness that says wrongly that other processes find its objects. */
const harness: Harness = defineHarness({
  ...memoryHarness,
  name: "declares process wrongly",
  module: import.meta.url,
  capabilities: [...memoryHarness.capabilities ?? [], "process"],
});

export default harness;
