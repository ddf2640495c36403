import { assert, assertEquals } from "@std/assert";
import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";
import { SERVICE, SERVICE_NAMES } from "../../tools/services/service.ts";
import { mountDevices } from "./devices.ts";
import { runSuite } from "./run_suite.ts";

const missing = await explainMissingServices();

for (const name of SERVICE_NAMES) {
  const reason = missing.get(name);
  Deno.test({
    name: `OpendalObjectStore passes the conformance suite on ${name}${
      reason === undefined ? "" : ` (${reason})`
    }`,
    ignore: reason !== undefined,
    async fn() {
      await using devices = await mountDevices();
      await using service = await startService(name);
      const { passed, problems } = await runSuite({
        store: "OpendalObjectStore",
        server: name,
        harness: new URL("./opendal_harness.ts", import.meta.url),
        env: { ...devices.env, [SERVICE]: JSON.stringify(service) },
        devices: devices.names,
        list: "allowed_opendal.json",
      });
      assertEquals(problems, []);
      assert(passed > 100, `only ${passed} cases passed`);
    },
  });
}
