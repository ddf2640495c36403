import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments } from "../../../conformance/cli/parse_arguments.ts";
import { UsageError } from "../../../conformance/cli/usage.ts";

Deno.test("parseArguments() has its defaults", () => {
  assertEquals(parseArguments(["h.ts"]), {
    harness: "h.ts",
    help: false,
    list: false,
    strict: false,
    bail: false,
    failed: false,
    watch: false,
    durations: false,
    smokeCheck: true,
    init: undefined,
    explain: undefined,
    only: undefined,
    skip: [],
    level: "must",
    seed: undefined,
    jobs: undefined,
    timeout: undefined,
    baseline: undefined,
    reports: [{ format: "text", path: undefined }],
  });
});

Deno.test("parseArguments() takes values after a space or an equals sign, repeated or with commas", () => {
  const args =
    "--only A-1,B-* h.ts --only=C-1 --skip D-1 --skip=E-1,F-1 --jobs=3";
  const { only, skip, jobs, harness } = parseArguments(args.split(" "));
  assertEquals(only, ["A-1", "B-*", "C-1"]);
  assertEquals(skip, ["D-1", "E-1", "F-1"]);
  assertEquals([jobs, harness], [3, "h.ts"]);
});

Deno.test("parseArguments() prints text unless another report is printed", () => {
  const read = (...args: string[]) => parseArguments(args).reports;
  const text = { format: "text", path: undefined } as const;
  assertEquals(read("--report", "json=a=b.jsonl"), [
    { format: "json", path: "a=b.jsonl" },
    text,
  ]);
  assertEquals(read("--report=json"), [{ format: "json", path: undefined }]);
  assertEquals(read("--report=text=x"), [{ format: "text", path: "x" }, text]);
});

Deno.test("parseArguments() wants no smoke check where only some cases are asked for", () => {
  const hasSmokeCheck = (args: string) =>
    parseArguments(["h.ts", ...args.split(" ")]).smokeCheck;
  assertEquals(
    ["--skip A-1", "--only A-1", "--failed", "--no-smoke"].map(hasSmokeCheck),
    [true, false, false, false],
  );
});

Deno.test("parseArguments() takes --init with a template and without one", () => {
  const init = (args: string) => parseArguments(args.split(" ")).init;
  assertEquals(
    ["--init", "--init local", "--init=local", "--init --list"].map(init),
    ["", "local", "local", ""],
  );
});

for (
  const [args, message] of [
    ["--nope", "there is no option --nope"],
    ["-x", "there is no option -x"],
    ["--list=yes", "there is no option --list=yes"],
    ["--only", "--only has no value"],
    ["--only=", "--only has no value"],
    ["--seed a --seed b", "--seed is there twice"],
    ["--level may", "--level must be must or should: current value is may"],
    ["--jobs 0", "--jobs must be a positive integer: current value is 0"],
    ["--timeout 1e3", "--timeout must be a positive integer"],
    ["--report yaml", "--report must be one of text, json, junit"],
    ["--report text --report json", "more than one report"],
    ["a.ts b.ts", 'more than one harness: "b.ts"'],
  ] as const
) {
  Deno.test(`parseArguments() refuses ${args}`, () => {
    assertThrows(() => parseArguments(args.split(" ")), UsageError, message);
  });
}

Deno.test("parseArguments() takes a command in place of a harness, and refuses both", () => {
  const args = ["--command", "python3 serve.py", "--jobs", "2"];
  assertEquals(parseArguments(args).harness, "command:python3 serve.py");
  const both = () => parseArguments(["h.ts", ...args]);
  assertThrows(both, UsageError, "both a harness and a command");
});
