import { assertEquals } from "@std/assert";
import { runConformance } from "../../conformance/mod.ts";
import type { CaseResult } from "../../conformance/mod.ts";
import harness from "./sqlite_harness.ts";

Deno.test("a store on SQLite, without network, secrets and parts, fails nothing, and only special file systems are left unverified", async () => {
  const results: CaseResult[] = [];
  for await (const result of runConformance(harness)) results.push(result);
  const wrong = results.filter(({ status }) =>
    status === "fail" || status === "error"
  );
  assertEquals(wrong, []);
  // What only a file system can show that this machine may not have.
  const open = results.filter(({ status, reason = "" }) =>
    status === "unverified" && !/Device|root/.test(reason)
  );
  assertEquals(open.map(({ id, reason }) => `${id}: ${reason}`), []);
});
