import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDenoArguments } from "../../conformance/runner/process/child_command.ts";
import {
  type ConformanceTest,
  testObjectStore,
} from "../../conformance/test_object_store.ts";
import { tinyCase, tinyHarness } from "./tiny_store.ts";

const CASES = import.meta.resolve("./test_object_store_cases.ts");

Deno.test("testObjectStore() registers a test for each case, with id and clauses in its name", async () => {
  const { output } = await runTests();
  assertMatch(output, /running 8 tests/);
  assertMatch(output, /^PASS-1 keeps bytes \(clause 8, 10\) \.\.\. ok/m);
});

Deno.test("testObjectStore() ignores what cannot run, with the reason in the name", async () => {
  const { output } = await runTests("SKIP-1");
  assertMatch(
    output,
    /^SKIP-1 .* \[skip: the harness does not declare 'list'\] \.\.\. ignored/m,
  );
  assertMatch(output, /0 passed \| 0 failed \| 1 ignored/);
});

Deno.test("testObjectStore() shows an ignored step for what turns out not to be judged", async () => {
  const { output, code } = await runTests("/LATE-1|BASE-1|SHOULD-1/");
  assertMatch(output, /^ {2}unverified: root \.\.\. ignored/m);
  assertMatch(output, /^ {2}expected-fail: issue 7 \.\.\. ignored/m);
  assertMatch(output, /^ {2}fail: expected x, observed y \.\.\. ignored/m);
  assertEquals(code, 0);
});

Deno.test("testObjectStore() fails the test of a case that fails, and tells how to repeat it", async () => {
  const { output, code } = await runTests("FAIL-1");
  assertMatch(output, /FAIL FAIL-1 a case of a test \(must\)/);
  assertMatch(output, /expected {2}x/);
  assertMatch(output, /repeat .*--filter "FAIL-1 ".*seed: "abc"/);
  assertEquals(code, 1);
});

Deno.test("testObjectStore() fails the test of a case in which the suite fails", async () => {
  const { output, code } = await runTests("ERROR-1");
  assertMatch(output, /ERROR ERROR-1 .*\n {2}reason {4}fault/);
  assertEquals(code, 1);
});

Deno.test("testObjectStore() runs the cases that judge the run last, with what the others saw", async () => {
  const { output } = await runTests();
  assertMatch(
    output,
    /unverified: errors seen in: PASS-1,PASS-1 \.\.\. ignored/,
  );
  const { output: alone } = await runTests("ERR-10");
  assertMatch(alone, /unverified: errors seen in: {2}?\.\.\. ignored/);
});

Deno.test("testObjectStore() tells what may be left without cleanup()", async () => {
  const { output } = await runTests("PASS-1");
  assertMatch(output, /has no 'cleanup': 1 objects .* "conformance-abc-"/);
});

async function runTests(
  filter = "",
): Promise<{ output: string; code: number }> {
  const directory = await fs.mkdtemp(join(tmpdir(), "storekit_tests_"));
  try {
    const file = join(directory, "tiny_test.ts");
    const specifier = JSON.stringify(CASES);
    await fs.writeFile(
      file,
      `import { register } from ${specifier};\nregister();`,
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "-A",
        "--no-check",
        ...buildDenoArguments(),
        `--filter=${filter}`,
        file,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { output: decoder.decode(stdout) + decoder.decode(stderr), code };
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}

Deno.test("testObjectStore() registers with another runner, which is told what says nothing, and why", async () => {
  const tests: ConformanceTest[] = [];
  testObjectStore(tinyHarness(), {
    seed: "abc",
    register: (test) => tests.push(test),
    cases: [
      tinyCase({ id: "PASS-1", run: () => Promise.resolve() }),
      tinyCase({ id: "SKIP-1", capabilities: ["list"] }),
      tinyCase({
        id: "LATE-1",
        run: (ctx) => Promise.reject(ctx.unverified("root")),
      }),
      tinyCase({
        id: "FAIL-1",
        run: (ctx) =>
          Promise.reject(ctx.fail({ expected: "x", observed: "y" })),
      }),
    ],
  });
  const [pass, skip, late, fail] = tests;
  assertEquals(tests.map(({ ignore }) => ignore), [false, true, false, false]);
  assertMatch(skip!.name, /\[skip: the harness does not declare 'list'\]$/);
  assertEquals(await pass!.run(), undefined);
  assertEquals(await late!.run(), "unverified: root");
  await assertRejects(() => fail!.run(), Error, "expected  x");
});
