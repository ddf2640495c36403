import { assert, assertEquals } from "@std/assert";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { SERVER_NAMES, type ServerName } from "../../tools/servers/server.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";
import { mountDevices } from "./devices.ts";
import { runSuite } from "./run_suite.ts";
import { SERVER } from "./server_harness.ts";

/** What is tested, and where. */
export interface TestedStore {
  /** The store's class. */
  readonly store: string;
  /** The module of its harness. */
  readonly harness: URL;
  /** The servers on which it is tested, in the order of the tests. */
  readonly on: readonly ServerName[];
}

/** The servers by file: a file is a process of `deno task test`, and these take about as long as those. */
export const IN_ONE_FILE = {
  minio: ["minio", "minio-https"],
  others: SERVER_NAMES.filter((name) => !name.startsWith("minio")),
} as const satisfies Readonly<Record<string, readonly ServerName[]>>;

/** Registers a test for each of these servers that is here: the store passes the suite on it, and leaves no unfinished upload. */
export async function testOnServers(
  { store, harness, on }: TestedStore,
): Promise<void> {
  const found = await findServers();
  const servers = on.filter((name) => found.includes(name));
  const missing = on.filter((name) => !found.includes(name));
  const why = Deno.env.has("OBJECT_STORE_SERVERS")
    ? "OBJECT_STORE_SERVERS"
    : "deno task servers";
  const rest = missing.length > 0
    ? `, not on ${missing.join(", ")} (${why})`
    : "";
  console.log(
    `${store} is tested on ${servers.join(", ") || "no server here"}${rest}`,
  );
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
