import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { azureBlobDialect } from "../../../conformance/faults/azure_blob_dialect.ts";
import { gcsDialect } from "../../../conformance/faults/gcs_dialect.ts";
import { s3Dialect } from "../../../conformance/faults/s3_dialect.ts";
import {
  CommandError,
  connect,
} from "../../../conformance/language/connect.ts";
import { brokenCommand, runCommand } from "./run_command.ts";

/** The command of a child whose answer to `hello` has these members, too. */
function saying(members: Record<string, unknown>): string[] {
  return brokenCommand("says", JSON.stringify(members));
}

Deno.test("a child says which dialect its service speaks", async () => {
  const dialects = {
    s3: s3Dialect,
    azure: azureBlobDialect,
    gcs: gcsDialect,
  };
  for (const [dialect, expected] of Object.entries(dialects)) {
    const upstream = "http://127.0.0.1:9";
    const command = saying({ dialect, upstream });
    const { harness, pool } = await connect({ command });
    await pool?.close();
    assertEquals(harness.dialect, expected);
  }
});

Deno.test("a dialect that the kit does not know is refused", async () => {
  const error = await assertRejects(
    () => connect({ command: saying({ dialect: "toString" }) }),
    CommandError,
  );
  assertMatch(
    error.message,
    /'dialect' in the answer to 'hello' must be one of "s3", "azure", "gcs": current value is "toString"/,
  );
});

Deno.test("cases about connections do not apply to a child that says it has no network", async () => {
  const only = ["TCP-1", "TRN-1", "TCP-10"];
  const results = await runCommand(saying({ wire: "none" }), { only });
  const said = results.map(({ id, status, reason }) =>
    `${id} ${status}: ${reason}`
  ).sort();
  const none = `skip: the store has no network ('wire: "none"')`;
  assertEquals(said, [
    `TCP-1 ${none}`,
    "TCP-10 unverified: it looks at the kit's own process, and this store is in another one",
    `TRN-1 ${none}`,
  ]);
});

Deno.test("a child whose service does not speak HTTP is judged by the cases of TCP, and opened by no other URL", async () => {
  const upstream = "tcp://127.0.0.1:9";
  const command = saying({ wire: "tcp", upstream });
  const { harness, pool } = await connect({ command });
  await pool?.close();
  assertEquals([harness.wire, harness.openAt], ["tcp", undefined]);
});

Deno.test("a child that says a wire which its service has not is refused", async () => {
  const upstream = "http://127.0.0.1:9";
  await assertRejects(
    () => connect({ command: saying({ wire: "tcp", upstream }) }),
    CommandError,
    "must be what 'upstream' is",
  );
});
