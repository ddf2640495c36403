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
  assertMatch(stdout, /\ntiny, contract [\d.]+, seed abc\n/);
  assertMatch(
    stdout,
    /\nno violation found \(a partial run: 2 of 6 cases\); 2 of 6 cases in \S+ s with --jobs \d\n$/,
  );
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
  assertMatch(await place.read("report.txt"), /no violation found .*\n$/);
});

Deno.test({
  name: "the command writes a report to a descriptor of its own",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await makePlace();
    await place.write(
      "prints.ts",
      `export { default } from "./harness.ts"; console.log("a store's print");`,
    );
    const { code, stdout, stderr } = await runInShell(
      place,
      '"$@" prints.ts --only=GOOD-1 --report=json=fd:3 3>report.jsonl',
    );
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^a store's print\nGOOD 1 pass\n/);
    const lines = (await place.read("report.jsonl")).trimEnd().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).type), [
      "begin",
      "result",
      "end",
    ]);
  },
});

Deno.test("the command appends to the summary of a GitHub step", async () => {
  await using place = await makePlace();
  await place.write("summary.md", "before\n");
  const { stdout } = await run(
    place,
    ["harness.ts", "--only=BAD-1", "--report=github"],
    { env: { GITHUB_STEP_SUMMARY: join(place.directory, "summary.md") } },
  );
  assertMatch(stdout, /\n::error file=harness\.ts,line=1,title=BAD-1/);
  assertMatch(await place.read("summary.md"), /^before\n# tiny: nonconformant/);
});

Deno.test("the command tells one failure where one round trip fails, and runs nothing else", async () => {
  await using place = await makePlace();
  await writeBroken(place);
  const { code, stdout } = await run(place, ["broken.ts", "--seed=abc"]);
  assertEquals(code, 1);
  assertEquals(stdout.match(/^FAIL \S+/gm), ["FAIL SMOKE-1"]);
  assertMatch(stdout, /no such bucket/);
  assertMatch(stdout, /repeat {4}.*cli\.ts broken\.ts --seed abc\n/);
  assertMatch(stdout, /run them all the same with --no-smoke/);
  assertMatch(
    stdout,
    /nonconformant: the smoke check failed, so none of the 6 cases ran; /,
  );
});

Deno.test("the command runs all cases with --no-smoke", async () => {
  await using place = await makePlace();
  await writeBroken(place);
  const { stdout } = await run(place, ["broken.ts", "--no-smoke"]);
  assertMatch(stdout, /FAIL GOOD-1/);
  assertMatch(stdout, /FAIL BAD-1/);
});

Deno.test("the command stops at the first failure that counts with --bail", async () => {
  await using place = await makePlace();
  const { code, stdout } = await run(place, [
    "harness.ts",
    "--bail",
    "--jobs=1",
  ]);
  assertEquals(code, 1);
  assertMatch(stdout, /FAIL GOOD-2.*FAIL BAD-1/s);
  assertMatch(stdout, /as --bail says: the other cases were not run/);
  assertMatch(stdout, /1 must case failed \(a partial run: 3 of 6 cases\)/);
});

Deno.test("the command runs only what failed last time with --failed", async () => {
  await using place = await makePlace();
  const before = await run(place, ["harness.ts", "--failed"]);
  assertMatch(before.stdout, /Nothing is known to have failed last time/);
  assertEquals(before.code, 5);
  await run(place, ["harness.ts"]);
  // What is not run stays as it was.
  await run(place, ["harness.ts", "--only=GOOD-1"]);
  const after = await run(place, ["harness.ts", "--failed"]);
  assertMatch(after.stdout, /^GOOD 1 fail\nBAD {2}1 fail\n/);
  const one = await run(place, ["harness.ts", "--failed", "--only=BAD-*"]);
  assertMatch(one.stdout, /^BAD {2}1 fail\n/);
});

Deno.test("the command runs although what failed cannot be kept", async () => {
  await using place = await makePlace();
  await place.write("file", "");
  const { code, stderr } = await run(place, ["harness.ts", "--only=GOOD-1"], {
    env: { XDG_CACHE_HOME: join(place.directory, "file") },
  });
  assertEquals(code, 0);
  assertMatch(stderr, /Cannot keep what failed for --failed: /);
});

Deno.test("the command says before a run what it will leave", async () => {
  await using place = await makePlace();
  await place.write(
    "leaves.ts",
    `import harness from "./harness.ts";
const { cleanup, ...others } = harness;
export default others;
`,
  );
  const { stdout, stderr } = await run(place, ["leaves.ts", "--only=GOOD-1"]);
  assertMatch(stderr, /^The harness has no 'cleanup': /);
  assertMatch(stdout, /: 1 object, 1 bytes, below conformance-/);
});

for (const template of ["driver", "local"]) {
  Deno.test(`the command writes the template ${template}, which runs at once, and replaces nothing`, async () => {
    await using place = await makePlace();
    const { code, stdout } = await run(place, ["--init", template]);
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^wrote my_store\.ts\nwrote my_harness\.ts\nwrote README\.md\n/,
    );
    assertMatch(stdout, / cli\S*|\bmy_harness\.ts\n$/);
    const store = await place.read("my_store.ts");
    const outcome = await run(place, ["my_harness.ts", "--only=GOOD-1"]);
    assertEquals(outcome.code, 0, outcome.stdout + outcome.stderr);
    const again = await run(place, ["--init", template]);
    assertEquals(again.code, 2);
    assertMatch(again.stderr, /as there is such a file/);
    assertEquals(await place.read("my_store.ts"), store);
  });
}

Deno.test("the command tells the README's lines where there is a README, and the templates where there is no such one", async () => {
  await using place = await makePlace();
  await place.write("README.md", "mine");
  const { stdout } = await run(place, ["--init"]);
  assertMatch(stdout, /For your README\.md:\n\n## Does it keep the contract/);
  assertEquals(await place.read("README.md"), "mine");
  const { code, stderr } = await run(place, ["--init=cobol"]);
  assertEquals(code, 2);
  assertMatch(stderr, /Cannot write template "cobol": there are driver \(/);
});

Deno.test("the command runs again when a module of the harness has changed, with --watch", async () => {
  await using place = await makePlace();
  await place.write("part.ts", `export const name = "one";`);
  await place.write(
    "watched.ts",
    `import harness from "./harness.ts"; import { name } from "./part.ts";
export default { ...harness, name };
`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", ...buildDenoArguments(), SCRIPT],
      ...["watched.ts", "--only=GOOD-1", "--watch"],
    ],
    cwd: place.directory,
    env: { XDG_CACHE_HOME: join(place.directory, "cache") },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  const waiting = "Waiting for a change of watched.ts";
  let stderr = "";
  let rounds = 0;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    const seen = stderr.split(waiting).length - 1;
    if (seen <= rounds) continue;
    rounds = seen;
    if (rounds === 1) {
      await place.write("part.ts", `export const name = "two";`);
    } else child.kill("SIGINT");
  }
  assertEquals((await child.status).code, 130);
  assertMatch(await stdout, /\none, contract.*\ntwo, contract/s);
  assertEquals(rounds, 2);
});

Deno.test("the command compares runs by their JSON reports", async () => {
  await using place = await makePlace();
  await place.write("known.json", '[{"id":"GOOD-2","reason":"issue 7"}]');
  await run(place, ["harness.ts", "--only=GOOD-*", "--report=json=a.json"]);
  await run(place, [
    ...["harness.ts", "--only=GOOD-*,MOD-1", "--report=json=b.json"],
    "--baseline=known.json",
  ]);
  const { code, stdout } = await run(place, ["compare", "a.json", "b.json"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^\[1\] tiny \(a\.json\), seed \w+: no violation found/);
  assertMatch(stdout, /\n1 of 3 cases ended otherwise:\n/);
  assertMatch(stdout, /\nGOOD-2 {2}fail +expected-fail /);
  assert(!/^GOOD-1/m.test(stdout), stdout);
  const page = ["compare", "a.json", "b.json", "--html", "both.html"];
  assertEquals((await run(place, page)).code, 0);
  const html = await place.read("both.html");
  assertMatch(html, /<tr id="GOOD-2" data-status="fail expected-fail">/);
  assertEquals(html.match(/src=|https?:/), null);
});

Deno.test("the command says what is wrong with a report that it should compare", async () => {
  await using place = await makePlace();
  await place.write("odd.json", '{"type":"end"}');
  const { code, stderr } = await run(place, ["compare", "odd.json", "x.json"]);
  assertEquals(code, 2);
  assertMatch(stderr, /Cannot compare "odd\.json" as it is no JSON report/);
  assertEquals((await run(place, ["compare", "odd.json"])).code, 2);
});

Deno.test("the command lists and explains", async () => {
  await using place = await makePlace();
  const list = await run(place, ["--list"]);
  assertEquals([list.code, list.stdout.split("\n").length], [0, 7]);
  const explained = await run(place, ["--explain", "good-1"]);
  assertMatch(explained.stdout, /^GOOD-1 .*\n\nIt is there for the tests/);
  assertMatch((await run(place, ["--help"])).stdout, /--only <id\|glob>/);
});

Deno.test("the command explains likely causes by the name of a kind and of a fault", async () => {
  await using place = await makePlace();
  const kind = await run(place, ["--explain", "check-then-rename"]);
  assertMatch(kind.stdout, /^check-then-rename: without overwrite/);
  assertMatch(kind.stdout, /\nclause 11: .*\nrepair: Publish with/s);
  assertMatch(kind.stdout, /\n {2}ovw-no-link-renames: .*\n {4}OVW-10\n/);
  const fault = await run(place, ["--explain", "ovw-no-link-renames"]);
  assertMatch(fault.stdout, /^check-then-rename: .*\n {2}ovw-no-link-renames/s);
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
  assertMatch(stdout, /\ninterrupted: no verdict; .*\n$/);
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
    assertMatch(await place.read("report.txt"), /no violation found .*\n$/);
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
    env: { XDG_CACHE_HOME: join(place.directory, "cache") },
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

/** A harness whose store cannot upload. */
async function writeBroken(
  { write }: { write(name: string, text: string): Promise<void> },
): Promise<void> {
  await write(
    "broken.ts",
    `import harness from "./harness.ts";
import { TinyStore } from ${JSON.stringify(STORE)};
class Broken extends TinyStore {
  override uploadObject(): Promise<void> {
    return Promise.reject(new Error("no such bucket"));
  }
}
export default { ...harness, open: (ctx) => new Broken(ctx) };
`,
  );
}

/** Runs a line of a shell, in which "$@" is the command. */
async function runInShell(
  place: { directory: string },
  line: string,
): Promise<Outcome> {
  const command = [
    Deno.execPath(),
    "run",
    "-A",
    ...buildDenoArguments(),
    SCRIPT,
  ];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, "sh", ...command],
    cwd: place.directory,
    env: { XDG_CACHE_HOME: join(place.directory, "cache") },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function run(
  { directory }: { directory: string },
  args: readonly string[],
  { killAfter, env }: { killAfter?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...buildDenoArguments(), SCRIPT, ...args],
    cwd: directory,
    env: { XDG_CACHE_HOME: join(directory, "cache"), ...env },
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
