import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { hasProgram } from "../conformance/language/run_command.ts";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject } from "./npm_project.ts";

const CLI = "conformance/cli.ts";
/** A round trip, a callback that is waited for, an abort, a child process, a listing, and each other power. */
const CASES = [
  ...["PUT-1", "GET-1", "CB-1", "ABT-1", "CLS-4", "LST-1"],
  ...["REA-1", "REA-7", "WRI-1", "WRI-5", "DEL-1"],
];
const SERVE = fromFileUrl(
  new URL("../../examples/python/serve.py", import.meta.url),
);

const hasPython = await hasProgram("python3", "--version");

for (const { name, program, reason } of await findRuntimes()) {
  const lacks = program === undefined
    ? ` [not here: ${reason}]`
    : hasPython
    ? ""
    : " [python3 is not here]";

  Deno.test({
    name: `a store in Python is judged by its command on ${name}${lacks}`,
    ignore: lacks !== "",
    async fn() {
      await using project = await makeNpmProject();
      const { code, stdout, stderr } = await new Deno.Command(program!, {
        args: [
          project.pathOf(CLI),
          ...["--command", `python3 '${SERVE}'`],
          ...["--only", CASES.join(","), "--report", "json"],
        ],
        cwd: project.directory,
        stdin: "null",
      }).output();
      const output = new TextDecoder().decode(stdout);
      const results = output.trim().split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ id }) => CASES.includes(id))
        .map(({ id, status }) => `${id} ${status}`);
      assertEquals(
        results.sort(),
        CASES.map((id) => `${id} pass`).sort(),
        `${output}\n${new TextDecoder().decode(stderr)}`,
      );
      assertMatch(output, /"FolderStore in Python"/);
      assertEquals(code, 0);
    },
  });
}
