import { assertEquals, assertMatch } from "@std/assert";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject } from "./npm_project.ts";
import { HARNESS, writeTestFile } from "./test_file.ts";

/** The newest whose own needs the oldest Node that is promised to work meets. */
const VITEST = "vitest@2";

const [node] = (await findRuntimes()).filter(({ name }) => /node/i.test(name));

Deno.test({
  name: "testObjectStore() registers its tests with Vitest",
  ignore: node?.program === undefined,
  async fn() {
    await using project = await makeNpmProject([HARNESS]);
    // Beside the project, as npm removes what it has not installed itself.
    const beside = await Deno.makeTempDir({ prefix: "storekit_vitest_" });
    try {
      await Deno.writeTextFile(`${beside}/package.json`, "{}");
      await runToEnd("npm", ["install", "--no-audit", "--no-fund", VITEST], {
        cwd: beside,
      });
      await Deno.symlink(
        `${beside}/node_modules/vitest`,
        `${project.directory}/node_modules/vitest`,
      );
      await writeTestFile(project, "vitest");
      const output = await runToEnd(node!.program!, [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--reporter=verbose",
      ], { cwd: project.directory, env: { NO_COLOR: "1", CI: "1" } });
      assertMatch(output, /✓ .*OVW-1 .* \(clause 11\)/);
      // SIZ-4 needs a service, so it is one of those.
      assertMatch(output, /Tests +\d+ passed \| \d+ skipped/);
    } finally {
      await Deno.remove(beside, { recursive: true });
    }
  },
});

async function runToEnd(
  program: string,
  args: string[],
  options: Deno.CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    ...options,
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  assertEquals(code, 0, output);
  return output;
}
