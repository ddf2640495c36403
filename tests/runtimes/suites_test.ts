import { assert, assertEquals } from "@std/assert";
import { startServer } from "../../tools/servers/mod.ts";
import { mountDevices } from "../stores/devices.ts";
import { runSuite } from "../stores/run_suite.ts";
import { SERVER } from "../stores/server_harness.ts";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject } from "./npm_project.ts";

const CLI = "conformance/cli.ts";
const FILES = "tests/stores/file_system_harness.ts";
const S3 = "tests/stores/s3_harness.ts";

for (const { name, program, reason } of await findRuntimes()) {
  const why = program === undefined ? ` [not here: ${reason}]` : "";
  const ignore = program === undefined;

  Deno.test({
    name: `FileSystemObjectStore passes the conformance suite on ${name}${why}`,
    ignore,
    async fn() {
      await using devices = await mountDevices();
      await using project = await makeNpmProject([FILES]);
      const { passed, problems } = await runSuite({
        store: "FileSystemObjectStore",
        command: [program!, project.pathOf(CLI), project.pathOf(FILES)],
        cwd: project.directory,
        env: devices.env,
        devices: devices.names,
        runtime: name,
      });
      assertEquals(problems, []);
      assert(passed > 100, `only ${passed} cases passed`);
    },
  });

  Deno.test({
    name:
      `S3ObjectStore passes the conformance suite on ${name}, with s3rver${why}`,
    ignore,
    async fn() {
      await using devices = await mountDevices();
      await using server = await startServer("s3rver");
      await using project = await makeNpmProject([S3]);
      const { passed, problems } = await runSuite({
        store: "S3ObjectStore",
        server: "s3rver",
        command: [program!, project.pathOf(CLI), project.pathOf(S3)],
        cwd: project.directory,
        env: { ...devices.env, [SERVER]: JSON.stringify(server) },
        devices: devices.names,
        runtime: name,
      });
      assertEquals(problems, []);
      assert(passed > 100, `only ${passed} cases passed`);
    },
  });
}
