import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { judge } from "../../../conformance/model/verdict.ts";
import { hasProgram, problemsOf, runCommand } from "./run_command.ts";

const SERVE = fromFileUrl(
  new URL("../../../examples/python/serve.py", import.meta.url),
);
const hasPython = await hasProgram("python3", "--version");
const here = hasPython ? "" : ", which is not here";

const RUNS = {
  // Every case, also those that run alone.
  "4 jobs": { jobs: 4 },
  "1 job": { jobs: 1, only: ["URI-*", "PUT-*", "CB-*", "ABT-*", "CLS-*"] },
};

for (const [what, options] of Object.entries(RUNS)) {
  Deno.test({
    name:
      `the store in Python breaks no promise, with ${what} (python3${here})`,
    ignore: !hasPython,
    async fn() {
      const results = await runCommand(["python3", SERVE], options);
      assertEquals(problemsOf(results), []);
      assertEquals(judge(results).outcome, "no violation found");
      const passed = results.filter(({ status }) => status === "pass").length;
      assert(passed > 35, `only ${passed} cases passed`);
    },
  });
}
