import { assert, assertEquals } from "@std/assert";
import { runConformance } from "../../../conformance/runner/run.ts";
import { atmMutants } from "../../proof/mutants/atm.ts";

Deno.test("ATM-4 is unverified, and does not wait, where a download has no last call", async () => {
  const mutant = atmMutants.find(({ name }) => name === "atm-never-total")!;
  const [result] = await Array.fromAsync(
    runConformance(mutant.harness, { only: ["ATM-4"] }),
  );
  assertEquals(result?.status, "unverified");
  assert(result?.reason?.includes("had no last call"), result?.reason);
  // Its limit is a minute.
  assert((result?.durationMs ?? Infinity) < 30_000);
});
