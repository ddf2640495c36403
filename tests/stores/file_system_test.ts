import { assert, assertEquals } from "@std/assert";
import { mountDevices } from "./devices.ts";
import { runSuite } from "./run_suite.ts";

Deno.test("FileSystemObjectStore passes the conformance suite", async () => {
  await using devices = await mountDevices();
  const { passed, problems } = await runSuite({
    store: "FileSystemObjectStore",
    harness: new URL("./file_system_harness.ts", import.meta.url),
    env: devices.env,
    devices: devices.names,
  });
  assertEquals(problems, []);
  assert(passed > 100, `only ${passed} cases passed`);
});
