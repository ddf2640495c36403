import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

Deno.test("tools/ok.ts runs all its steps, and ends by naming those that failed", async () => {
  await using project = await makeProject({
    fmt: "echo formatted",
    lint: "exit 1",
    check: "echo checked",
  });
  const { code, stdout } = await project.run("fmt", "lint", "check");
  assertEquals(code, 1);
  assertMatch(stdout, /1 of 3: fmt\n.*formatted --check\n/s);
  assertMatch(stdout, /3 of 3: check\n.*checked\n/s);
  assertMatch(stdout, /\n2 steps passed, 1 failed: lint\n$/);
});

Deno.test("tools/ok.ts exits with 0 when every step has passed", async () => {
  await using project = await makeProject({ check: "echo checked" });
  const { code, stdout } = await project.run("check");
  assertEquals(code, 0);
  assertMatch(stdout, /\n1 steps passed, 0 failed\n$/);
});

Deno.test("tools/ok.ts refuses a step it does not know with exit code 2", async () => {
  await using project = await makeProject({ check: "echo checked" });
  const { code, stdout, stderr } = await project.run("check", "toString");
  assertEquals(code, 2);
  assertEquals(stdout, "");
  assertStringIncludes(stderr, `Cannot run step "toString"`);
});

interface Project extends AsyncDisposable {
  /** Runs the tool of the project. */
  run(
    ...steps: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** A project with these tasks and a copy of the tool, which works on where it lies. */
async function makeProject(tasks: Record<string, string>): Promise<Project> {
  const directory = await Deno.makeTempDir({ prefix: "tools_ok_test_" });
  const tool = join(directory, "tools", "ok.ts");
  await Deno.mkdir(join(directory, "tools"));
  await Deno.copyFile(new URL("../../tools/ok.ts", import.meta.url), tool);
  await Deno.writeTextFile(
    join(directory, "deno.json"),
    JSON.stringify({ tasks }),
  );
  return {
    async run(...steps) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", tool, ...steps],
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
