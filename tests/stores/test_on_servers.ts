import { assert, assertEquals } from "@std/assert";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { SERVER_NAMES } from "../../tools/servers/server.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";
import { mountDevices } from "./devices.ts";
import { runSuite } from "./run_suite.ts";
import { SERVER } from "./server_harness.ts";

/** Registers a test for each server that is here: the store passes the suite on it, and leaves no unfinished upload. */
export async function testOnServers(
  { store, harness }: { store: string; harness: URL },
): Promise<void> {
  const servers = await findServers();
  const missing = SERVER_NAMES.filter((name) => !servers.includes(name));
  const why = Deno.env.has("OBJECT_STORE_SERVERS")
    ? "OBJECT_STORE_SERVERS"
    : "deno task servers";
  const rest = missing.length > 0
    ? `, not on ${missing.join(", ")} (${why})`
    : "";
  console.log(`${store} is tested on ${servers.join(", ")}${rest}`);
  for (const name of servers) {
    Deno.test(`${store} passes the conformance suite on ${name}`, async () => {
      await using devices = await mountDevices();
      await using server = await startServer(name);
      const { passed, problems } = await runSuite({
        store,
        server: name,
        harness,
        env: { ...devices.env, [SERVER]: JSON.stringify(server) },
        devices: devices.names,
      });
      assertEquals(problems, []);
      assertEquals(await listUnfinishedUploads(server), []);
      assert(passed > 100, `only ${passed} cases passed`);
    });
  }
}
