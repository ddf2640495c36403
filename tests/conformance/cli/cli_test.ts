import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDenoArguments } from "../../../conformance/runner/process/child_command.ts";

const SCRIPT = import.meta.resolve("./cli_cases.ts");
const STORE = import.meta.resolve("../tiny_store.ts");
const KIT = import.meta.resolve("../../../conformance/mod.ts");

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

Deno.test("the command proves a harness that lies outside the repository", async () => {
  await using place = await makePlace();
  const { code, stdout, stderr } = await run(place, [
    "./harness.ts",
    "--only=GOOD-*",
    "--seed=abc",
  ]);
  assertMatch(stdout, /^GOOD 1 pass, 1 fail\n/);
  assertMatch(stdout, /tiny, seed abc, only 2 cases selected\n/);
  assertMatch(stdout, /conformant\n$/);
  assertEquals(stderr, "2/2 GOOD: 1 pass, 1 fail\n");
  assertEquals(code, 0);
});

Deno.test("the command exits with 1 and prints a command that repeats the failure", async () => {
  await using place = await makePlace();
  const { code, stdout } = await run(place, ["harness.ts", "--seed=abc"]);
  assertEquals(code, 1);
  assertMatch(stdout, /FAIL BAD-1/);
  assertMatch(
    stdout,
    /repeat {4}deno run -A .*cli\.ts harness\.ts --only BAD-1 --seed abc\n/,
  );
  assertMatch(stdout, /the harness does not declare 'list': LST-1\n/);
  assertMatch(stdout, /the harness gives no 'module': MOD-1\n/);
});

for (
  const [args, code] of [
    [["--only=GOOD-*", "--level=should"], 1],
    [["--skip=BAD-1", "--strict"], 3],
    [["--only=LST-1"], 5],
    [["--only=GOOD-1,BAD-1", "--baseline=known.json"], 0],
    [["--only=GOOD-1,BAD-1", "--baseline=stale.json"], 4],
  ] as const
) {
  Deno.test(`the command exits with ${code} for ${args.join(" ")}`, async () => {
    await using place = await makePlace();
    await place.write("known.json", '[{"id":"BAD-1","reason":"issue 7"}]');
    await place.write(
      "stale.json",
      '[{"id":"BAD-1","reason":"a"},{"id":"GOOD-1","reason":"b"}]',
    );
    const outcome = await run(place, ["harness.ts", ...args]);
    assertEquals(outcome.code, code, outcome.stdout + outcome.stderr);
  });
}

for (
  const [args, message] of [
    [[], /the harness is missing/],
    [["none.ts"], /no such file/],
    [["broken.ts"], /Cannot load harness "broken.ts": SyntaxError|TypeError/],
    [["empty.ts"], /has no default export/],
    [["wrong.ts"], /'opne' is not one of its members/],
    [["harness.ts", "--only=NOPE-1"], /'only' matches none/],
    [["harness.ts", "--seed=ä"], /'seed' must be/],
    [["harness.ts", "--baseline=none.json"], /Cannot use baseline "none.json"/],
    [["harness.ts", "--baseline=odd.json"], /there is no case "NOPE-1"/],
    [
      ["harness.ts", "--report=json=no/where"],
      /Cannot write report "no\/where"/,
    ],
    [["--explain=NOPE-1"], /Cannot explain "NOPE-1"/],
    [["--wrong"], /there is no option --wrong/],
  ] as const
) {
  Deno.test(`the command exits with 2 for ${args.join(" ") || "nothing"}`, async () => {
    await using place = await makePlace();
    await place.write("broken.ts", "export default {");
    await place.write("empty.ts", "export const harness = {};");
    await place.write("wrong.ts", "export default { name: 'x', opne() {} };");
    await place.write("odd.json", '[{"id":"NOPE-1","reason":"a"}]');
    const { code, stderr, stdout } = await run(place, args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, message);
    assert(!stderr.includes("Uncaught"), "it should be told as a usage error");
  });
}

Deno.test("the command says what to do where a harness's import is not found", async () => {
  await using place = await makePlace();
  await place.write("bare.ts", `import "storekit-no-such-package";`);
  const { code, stderr } = await run(place, ["bare.ts"]);
  assertEquals(code, 2);
  assertMatch(stderr, /storekit-no-such-package.*--config deno\.json/s);
});

Deno.test("the command prints JSON alone, and a text report to a file", async () => {
  await using place = await makePlace();
  const { stdout } = await run(place, [
    "harness.ts",
    "--only=GOOD-1",
    "--report=json",
    "--report=text=report.txt",
  ]);
  const types = stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line).type
  );
  assertEquals(types, ["begin", "result", "end"]);
  assertMatch(await place.read("report.txt"), /conformant\n$/);
});

Deno.test("the command lists and explains", async () => {
  await using place = await makePlace();
  const list = await run(place, ["--list"]);
  assertEquals([list.code, list.stdout.split("\n").length], [0, 7]);
  const explained = await run(place, ["--explain", "good-1"]);
  assertMatch(explained.stdout, /^GOOD-1 .*\n\nIt is there for the tests/);
  assertMatch((await run(place, ["--help"])).stdout, /--only <id\|glob>/);
});

Deno.test("the command cleans up and exits with 130 on SIGINT", async () => {
  await using place = await makePlace();
  const { code, stdout, stderr } = await run(
    place,
    ["harness.ts", "--only=HANG-1"],
    { killAfter: "hanging in" },
  );
  const [, directory = ""] = stderr.match(/hanging in (.*)/) ?? [];
  assertEquals(code, 130);
  assertMatch(stdout, /interrupted: no verdict\n$/);
  assertEquals(await fs.stat(directory).catch(() => "gone"), "gone");
  assertMatch(await place.read("cleaned"), /^conformance-/);
});

Deno.test("the command ends although the store leaves a timer", async () => {
  await using place = await makePlace();
  await place.write(
    "timer.ts",
    `export { default } from "./harness.ts"; setInterval(() => {}, 1000);`,
  );
  const { code } = await run(place, ["timer.ts", "--only=GOOD-1"]);
  assertEquals(code, 0);
});

for (
  const [how, code] of [
    ["Deno.exit(0)", 3],
    ["Deno.exit(7)", 3],
    ["process.exit(0)", 3],
  ] as const
) {
  Deno.test(`the command exits with ${code} when the store calls ${how}`, async () => {
    await using place = await makePlace();
    await place.write(
      "exits.ts",
      `import process from "node:process";
import harness from "./harness.ts";
import { TinyStore } from ${JSON.stringify(STORE)};
class Exits extends TinyStore {
  override uploadObject(): Promise<void> {
    ${how};
    return process.exit(0);
  }
}
export default { ...harness, open: (ctx) => new Exits(ctx) };
`,
    );
    const outcome = await run(place, ["exits.ts", "--only=GOOD-1"]);
    assertEquals(outcome.code, code);
    assertMatch(
      outcome.stderr,
      /Cannot judge the store as it, or its harness, ended the process .* while GOOD-1 ran/,
    );
  });
}

Deno.test("the command exits with 3 when the harness's module ends the process", async () => {
  await using place = await makePlace();
  await place.write("exits.ts", "Deno.exit(0);");
  const { code, stderr } = await run(place, ["exits.ts"]);
  assertEquals(code, 3);
  assertMatch(stderr, /ended the process .* while no case ran/);
});

Deno.test({
  name:
    "the command exits with 3 and a reason when a report's disk is full, and writes the others",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using place = await makePlace();
    const { code, stderr } = await run(place, [
      "harness.ts",
      "--only=GOOD-1",
      "--report=json=/dev/full",
      "--report=text=report.txt",
    ]);
    assertEquals(code, 3);
    assertMatch(stderr, /Cannot write report "\/dev\/full": .*ENOSPC/);
    assertMatch(await place.read("report.txt"), /conformant\n$/);
  },
});

Deno.test("the command exits with 3 and a reason when nobody reads its report", async () => {
  await using place = await makePlace();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      ...buildDenoArguments(),
      SCRIPT,
      "harness.ts",
      "--only=GOOD-1",
    ],
    cwd: place.directory,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assertEquals((await child.status).code, 3);
  assertMatch(stderr, /Cannot write report to standard output: .*EPIPE/);
});

async function makePlace() {
  const directory = await fs.mkdtemp(join(tmpdir(), "storekit_cli_"));
  const place = {
    directory,
    write: (name: string, text: string) =>
      fs.writeFile(join(directory, name), text),
    read: (name: string) => fs.readFile(join(directory, name), "utf8"),
    [Symbol.asyncDispose]: () => fs.rm(directory, { recursive: true }),
  };
  await place.write(
    "harness.ts",
    `import { defineHarness } from ${JSON.stringify(KIT)};
import { TinyStore } from ${JSON.stringify(STORE)};
export default defineHarness({
  name: "tiny",
  open: (ctx) => new TinyStore(ctx),
  cleanup: (prefix) =>
    Deno.writeTextFile(${JSON.stringify(join(directory, "cleaned"))}, prefix),
});
`,
  );
  return place;
}

async function run(
  { directory }: { directory: string },
  args: readonly string[],
  { killAfter }: { killAfter?: string } = {},
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...buildDenoArguments(), SCRIPT, ...args],
    cwd: directory,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stderr) {
    stderr += decoder.decode(piece, { stream: true });
    if (killAfter && stderr.includes(killAfter)) {
      killAfter = undefined;
      child.kill("SIGINT");
    }
  }
  const { code } = await child.status;
  return { code, stdout: await stdout, stderr };
}
