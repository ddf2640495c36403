import { assertEquals, assertMatch } from "@std/assert";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject } from "./npm_project.ts";
import { HARNESS, writeTestFile } from "./test_file.ts";

const [bun] = (await findRuntimes()).filter(({ name }) => /bun/i.test(name));

Deno.test({
  name: "testObjectStore() registers its tests with bun:test",
  ignore: bun?.program === undefined,
  async fn() {
    await using project = await makeNpmProject([HARNESS]);
    await writeTestFile(project, "bun:test");
    const { code, stdout, stderr } = await new Deno.Command(bun!.program!, {
      args: ["test", "conformance.test.js"],
      cwd: project.directory,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const output = decoder.decode(stdout) + decoder.decode(stderr);
    assertMatch(output, /\(pass\) OVW-1 .* \(clause 11\)/);
    assertMatch(output, /\(skip\) SIZ-4 /);
    assertMatch(output, /\n 0 fail\n/);
    assertEquals(code, 0, output);
  },
});
