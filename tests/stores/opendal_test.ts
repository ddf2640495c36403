import { assert, assertEquals } from "@std/assert";
import { catalogue } from "../../conformance/cases/catalogue.ts";
import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";
import {
  SERVICE,
  SERVICE_NAMES,
  type ServiceName,
} from "../../tools/services/service.ts";
import { mountDevices } from "./devices.ts";
import { runSuite } from "./run_suite.ts";

/** Emulators on which the whole suite takes minutes, unless they are asked for. */
const SLOW: readonly ServiceName[] = ["azurite"];
/** What differs most from service to service: the must cases that break it on the wire. */
const ON_THE_WIRE = catalogue
  .filter(({ level, needs }) => level === "must" && needs?.includes("upstream"))
  .map(({ id }) => id);

const missing = await explainMissingServices();

for (const name of SERVICE_NAMES) {
  const reason = missing.get(name);
  const only = SLOW.includes(name) && !Deno.env.has("OBJECT_STORE_SERVICES")
    ? ON_THE_WIRE
    : undefined;
  const suite = only ? "must cases on the wire" : "conformance suite";
  Deno.test({
    name: `OpendalObjectStore passes the ${suite} on ${name}${
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
        ...only ? { only } : {},
        list: "allowed_opendal.json",
      });
      assertEquals(problems, []);
      const least = only ? 20 : 100;
      assert(passed > least, `only ${passed} cases passed`);
    },
  });
}
