// Registers some cases with `node:test`, as a user's test file does.
import { test } from "node:test";
import { testObjectStore } from "../../conformance/mod.ts";
import harness from "../stores/file_system_harness.ts";

testObjectStore(harness, {
  only: ["OVW-*", "SIZ-4"],
  register: ({ name, ignore, timeout, run }) =>
    void test(name, { skip: ignore, timeout }, async (t) => {
      const reason = await run();
      if (reason !== undefined) t.skip(reason);
    }),
});
