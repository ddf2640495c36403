import { assert, assertEquals } from "@std/assert";
import {
  machineLoad,
  toLoad,
} from "../../../conformance/checks/machine_load.ts";

Deno.test("toLoad() is 1 as long as each thread has a processor", () => {
  assertEquals(toLoad(0, 4), 1);
  assertEquals(toLoad(4, 4), 1);
});

Deno.test("toLoad() is how many threads want each processor, up to 16", () => {
  assertEquals(toLoad(10, 2), 5);
  assertEquals(toLoad(1_000, 2), 16);
});

Deno.test("machineLoad() tells a load from 1 to 16", () => {
  const load = machineLoad();
  assert(load >= 1 && load <= 16, `${load}`);
});
