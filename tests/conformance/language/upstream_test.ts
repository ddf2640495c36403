import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { defineHarness, runConformance } from "../../../conformance/mod.ts";
import { hasProgram } from "./run_command.ts";

const SERVE = fromFileUrl(
  new URL("../../../examples/python/serve.py", import.meta.url),
);
const hasPython = await hasProgram("python3", "--version");

Deno.test({
  name:
    "a case's process opens a store of a command elsewhere where the harness gives 'upstream'",
  ignore: !hasPython,
  async fn() {
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(),
    );
    const harness = defineHarness({
      command: ["python3", SERVE],
      upstream: `http://127.0.0.1:${server.addr.port}`,
      cleanup() {},
    });
    const only = { only: ["TRN-28"], measure: false };
    for await (const { status, reason } of runConformance(harness, only)) {
      assertEquals(status, "unverified");
      assertMatch(reason ?? "", /does not ask the proxy/);
    }
  },
});
