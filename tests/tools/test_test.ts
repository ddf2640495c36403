import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";

const REPOSITORY = new URL("../../", import.meta.url);
const PASSES = `Deno.test("passes", () => {});\n`;
const FAILS = `Deno.test("fails", () => { throw new Error("wrong"); });\n`;
const STEPS = `Deno.test("has steps", async (t) => {
  await t.step("one", () => {});
  await t.step("two", () => {});
});
Deno.test.ignore("is ignored", () => {});\n`;

Deno.test("tools/test.ts runs suites beside the other tests, and ends with the sum of all", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": STEPS,
    "tests/stores/minio_test.ts": PASSES,
    "tests/a_test.ts": PASSES,
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 0, stdout);
  assertMatch(
    stdout,
    /\nok \| 3 passed \| 0 failed \| 1 ignored \(0m\d+s\)\n$/,
  );
  assertEquals(stdout.match(/from .\/tests\/a_test.ts/g)?.length, 1);
});

Deno.test("tools/test.ts runs each test once, whichever list has it", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": PASSES,
    "tests/stores/file_system_test.ts": PASSES,
    "tests/s3/store_test.ts": PASSES,
    "tests/tools/a_test.ts": PASSES,
    "tests/a_test.ts": PASSES,
    "src/a.ts": "/**\n * ```ts\n * 1 + 1;\n * ```\n */\nexport const a = 1;\n",
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 0, stdout);
  const files = [...stdout.matchAll(/^running [1-9]\d* tests? from (\S+)/gm)]
    .map(([, file]) => file);
  assertEquals(files.sort(), [
    "./src/a.ts#2-5.ts",
    "./tests/a_test.ts",
    "./tests/s3/store_test.ts",
    "./tests/stores/file_system_test.ts",
    "./tests/stores/s3_test.ts",
    "./tests/tools/a_test.ts",
  ]);
});

Deno.test("tools/test.ts runs what loads the machine when all others have ended", async () => {
  const file = (name: string) =>
    `Deno.test("${name}", () => { console.log("at", "${name}", Date.now()); });\n`;
  await using project = await makeProject({
    "tests/stores/s3_test.ts": file("s3"),
    "tests/proof/slow/under_load_test.ts": file("load"),
    "tests/proof/a_test.ts": file("proof"),
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 0, stdout);
  const times = [...stdout.matchAll(/^at (\w+) (\d+)$/gm)]
    .sort((a, b) => Number(a[2]) - Number(b[2])).map(([, name]) => name);
  assertEquals(times.length, 3, stdout);
  assertEquals(times.at(-1), "load");
});

Deno.test("tools/test.ts ends with the errors of all tests that failed, and with what kept others from running", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": FAILS,
    "tests/stores/minio_test.ts": `throw new Error("does not load");\n`,
    "tests/a_test.ts":
      `Deno.test("a => b", () => { throw new Error("1\\n2"); });\n`,
    "tests/proof/a_test.ts": PASSES,
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 1);
  const [, summary = ""] = stdout.split("What failed, once more:");
  for (
    const text of [
      "fails => ./tests/stores/s3_test.ts:1:6\nerror: Error: wrong\n",
      "a => b => ./tests/a_test.ts:1:6\nerror: Error: 1\n2\n",
      "./tests/stores/minio_test.ts (uncaught error)\nerror: ",
    ]
  ) assertStringIncludes(summary, text);
  assertMatch(summary, /\nFAILED \| 1 passed \| 3 failed \(0m\d+s\)\n$/);
});

Deno.test("tools/test.ts shows the tests of a file together, and tells the slowest ones first", async () => {
  const slow = (name: string, ms: number) =>
    `Deno.test("${name} begins", () => {});
Deno.test("${name} is slow", () => {
  for (const end = performance.now() + ${ms}; performance.now() < end;);
});\n`;
  await using project = await makeProject({
    "tests/stores/s3_test.ts": slow("s3", 400),
    "tests/stores/minio_test.ts": slow("minio", 800),
  });
  const { stdout } = await project.run();
  for (const name of ["s3", "minio"]) {
    assertMatch(
      stdout,
      new RegExp(
        `^running 2 tests from ./tests/stores/${name}_test.ts\n${name} begins .*\n${name} is slow `,
        "m",
      ),
    );
  }
  assertMatch(
    stdout,
    /\nThe slowest tests.*:\n +\S+ {2}\S+\/minio_test.ts: minio is slow\n +\S+ {2}\S+\/s3_test.ts: s3 is slow\n/,
  );
});

Deno.test("tools/test.ts fails where a suite fails beside the other tests, and shows its output", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": FAILS,
    "tests/stores/minio_test.ts": PASSES,
    "tests/a_test.ts": PASSES,
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 1);
  assertStringIncludes(stdout, "error: Error: wrong");
  assertMatch(stdout, /\nFAILED \| 2 passed \| 1 failed \(0m\d+s\)\n$/);
});

Deno.test("tools/test.ts counts a file that cannot be loaded as one failure", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": "const = 1;\n",
    "tests/stores/minio_test.ts": PASSES,
    "tests/a_test.ts": PASSES,
  });
  const { code, stdout } = await project.run();
  assertEquals(code, 1);
  assertMatch(stdout, /\nFAILED \| 2 passed \| 1 failed \(0m\d+s\)\n$/);
});

Deno.test("tools/test.ts checks the types of all files, and ends with what is wrong", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": `const size: number = "1";\n${PASSES}`,
    "tests/a_test.ts": PASSES,
  }, []);
  const { code, stdout } = await project.run();
  assertEquals(code, 1);
  const [, summary = ""] = stdout.split("What failed, once more:");
  assertStringIncludes(summary, "is not assignable to type 'number'");
  assertMatch(summary, /\nFAILED \| 2 passed \| 1 failed \(0m\d+s\)\n$/);
});

Deno.test("tools/test.ts --quick leaves the slow tests out, and says which", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": FAILS,
    "tests/stores/minio_test.ts": FAILS,
    "tests/a_test.ts": PASSES,
    // Single files of directories that are on one list.
    "tests/file_system/a_test.ts": PASSES,
    "tests/minio/permissions_test.ts": FAILS,
    "tests/minio/store_test.ts": PASSES,
    "tests/s3/permissions_test.ts": FAILS,
    "tests/s3/ways_test.ts": FAILS,
    "tests/s3/wire_test.ts": PASSES,
    "tests/s3_protocol/xml_test.ts": PASSES,
  });
  const { code, stdout } = await project.run("--quick");
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /Left out by --quick:\n {2}tests\/stores\/: /);
  assertMatch(stdout, /\nok \| 5 passed \| 0 failed \(0m\d+s\)\n$/);
});

Deno.test("tools/test.ts runs only the files that are named", async () => {
  await using project = await makeProject({
    "tests/stores/s3_test.ts": FAILS,
    "tests/a_test.ts": PASSES,
  });
  const { code, stdout } = await project.run("tests/a_test.ts");
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /\nok \| 1 passed \| 0 failed \(\S+\)\n+$/);
});

Deno.test("tools/test.ts refuses --quick with files, with exit code 2", async () => {
  await using project = await makeProject({});
  const { code, stderr } = await project.run("--quick", "tests/a_test.ts");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "'--quick' stands alone");
});

Deno.test("tools/test.ts --help names what --quick leaves out, which is all there", async () => {
  await using project = await makeProject({});
  const { code, stdout } = await project.run("--help");
  assertEquals(code, 0);
  const paths = [...stdout.matchAll(/^ {2}(tests\/\S+): /gm)];
  assertEquals(paths.length > 0, true);
  for (const [, path = ""] of paths) await Deno.stat(new URL(path, REPOSITORY));
});

interface Project extends AsyncDisposable {
  /** Runs the tool of the project. */
  run(
    ...args: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** A project with these files and a copy of the tool, which works on where it lies. */
async function makeProject(
  files: Record<string, string>,
  denoArguments = ["--no-check"],
): Promise<Project> {
  const directory = await Deno.makeTempDir({ prefix: "tools_test_test_" });
  const tool = join(directory, "tools", "test.ts");
  for (const [name, text] of Object.entries({ "deno.json": "{}", ...files })) {
    const path = join(directory, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  await Deno.mkdir(dirname(tool), { recursive: true });
  for (const name of ["tools/test.ts", "tools/failed_tests.ts"]) {
    await Deno.copyFile(new URL(name, REPOSITORY), join(directory, name));
  }
  return {
    async run(...args) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", tool, ...args],
        cwd: directory,
        env: {
          NO_COLOR: "1",
          STOREKIT_DENO_ARGS: JSON.stringify(denoArguments),
        },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true });
    },
  };
}
