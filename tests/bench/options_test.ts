import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseOptions } from "../../bench/options.ts";
import { formatSize, parseSize } from "../../bench/size.ts";
import { runBench } from "./run_bench.ts";

Deno.test("parseOptions() takes a value after = and as the next argument", () => {
  const options = parseOptions(
    ["--size=1GiB", "--rounds", "3", "--only=large,small", "--smoke"],
  );
  assert(typeof options === "object");
  assertEquals(options.size, 2 ** 30);
  assertEquals(options.rounds, 3);
  assertEquals(options.only, ["large", "small"]);
  assertEquals(options.smoke, true);
  assertEquals(options.list, false);
});

Deno.test("parseOptions() knows where results go when no path is given", () => {
  const options = parseOptions(["--json", "--markdown=x.md"]);
  assert(typeof options === "object");
  assertEquals(options.json, "bench/results/bench.json");
  assertEquals(options.markdown, "x.md");
});

Deno.test("parseOptions() says what it does not understand", () => {
  const bad: [string[], string][] = [
    [["--sizes", "1MiB"], "--sizes: there is no such option"],
    [["1MiB"], "1MiB: there is no such option"],
    [["--size"], "--size: it takes a value"],
    [["--smoke=1"], "--smoke=1: it takes no value"],
    [["--size", "1MB"], `--size: "1MB" is no size`],
    [["--size", "0MiB"], `--size: "0MiB" is no size`],
    [["--rounds=0"], `--rounds: "0" is no count`],
    [["--objects=1.5"], `--objects: "1.5" is no count`],
    [
      ["--cells=download", "--publish"],
      "--cells and --publish: some cells are not the grid",
    ],
  ];
  for (const [args, reason] of bad) assertEquals(parseOptions(args), reason);
});

Deno.test("formatSize() writes what parseSize() reads", () => {
  for (const text of ["1 B", "1023 B", "4 KiB", "256 MiB", "4 GiB"]) {
    const bytes = parseSize(text.replace(" ", ""));
    assert(bytes !== undefined);
    assertEquals(formatSize(bytes), text);
  }
});

Deno.test("bench/mod.ts refuses what it does not understand", async () => {
  const bad: [string[], string][] = [
    [["--sizes", "1MiB"], "--sizes"],
    [["--only=larg"], `there is no part "larg"`],
    [["--server=nginx"], `"nginx" is not here`],
  ];
  for (const [args, text] of bad) {
    const { code, stderr } = await runBench(...args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, text);
    assertStringIncludes(stderr, "Usage: deno task bench");
  }
});
