import { assertEquals, assertMatch } from "@std/assert";
import { buildDenoArguments } from "../../../conformance/runner/process/child_command.ts";

const TOOL = import.meta.resolve("./main.ts");

Deno.test("mutants.ts ends with 0 where a mutant is caught as listed and a variant is green", async () => {
  const { code, stdout } = await run(
    "--cases=PUT-1,PUT-3",
    "put-same-size-kept",
    "benign/plain",
  );
  assertMatch(stdout, /^put-same-size-kept: PUT-3$/m);
  assertMatch(stdout, /^PUT-3: put-same-size-kept$/m);
  assertMatch(
    stdout,
    /\n1 mutants caught as listed, 1 benign variants green, 0 faults \(\d+ s\)\n$/,
  );
  assertEquals(code, 0);
});

Deno.test("mutants.ts ends with 1 where a mutant survives", async () => {
  const { code, stdout } = await run("--cases=PUT-1", "put-same-size-kept");
  assertMatch(stdout, /\nSurvivors:\n {2}put-same-size-kept\n/);
  assertMatch(stdout, /\n0 mutants caught as listed, .*, 1 faults/);
  assertEquals(code, 1);
});

Deno.test("mutants.ts ends with 2 where no name matches", async () => {
  const { code, stderr } = await run("no-such-*");
  assertEquals(stderr, "Cannot run mutants as no name matches\n");
  assertEquals(code, 2);
});

async function run(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check", ...buildDenoArguments()],
      ...[TOOL, ...args],
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
