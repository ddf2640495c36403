import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { judge } from "../../../conformance/model/verdict.ts";
import { hasProgram, problemsOf, runCommand } from "./run_command.ts";

const SOURCE = fromFileUrl(
  new URL("../../../examples/go/", import.meta.url),
);
const hasGo = await hasProgram("go", "version");
const here = hasGo ? "" : ", which is not here";

Deno.test({
  name: `the store in Go breaks no promise (go${here})`,
  ignore: !hasGo,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const program = `${directory}/serve`;
      const { success, stderr } = await new Deno.Command("go", {
        args: ["build", "-o", program, "."],
        cwd: SOURCE,
        env: { GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local" },
        stdin: "null",
        stdout: "null",
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const results = await runCommand([program], { jobs: 4 });
      assertEquals(problemsOf(results), []);
      assertEquals(judge(results).outcome, "no violation found");
      const passed = results.filter(({ status }) => status === "pass").length;
      assert(passed > 125, `only ${passed} cases passed`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
