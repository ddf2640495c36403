import { assertEquals, assertMatch } from "@std/assert";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject } from "./npm_project.ts";

const MAIN = "tests/runtimes/node_test_main.ts";

const [node] = (await findRuntimes()).filter(({ name }) => /node/i.test(name));

Deno.test({
  name: "testObjectStore() registers its tests with node:test",
  ignore: node?.program === undefined,
  async fn() {
    await using project = await makeNpmProject([MAIN]);
    const { code, stdout } = await new Deno.Command(node!.program!, {
      args: ["--test", "--test-reporter=tap", project.pathOf(MAIN)],
      cwd: project.directory,
      stdin: "null",
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertMatch(output, /ok \d+ - OVW-1 .* \(clause 11\)/);
    assertMatch(output, /ok \d+ - SIZ-4 .* # SKIP/);
    assertMatch(output, /# fail 0/);
    assertEquals(code, 0, output);
  },
});
