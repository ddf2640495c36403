/**
 * Runs every test and every example in the documentation, in several processes side by side: whole
 * conformance suites mostly wait, so that one process leaves processors idle. Ends with one line
 * for all: `ok | 900 passed | 0 failed | 3 ignored (3m12s)`.
 *
 * @module
 */

/** Whole suites on slow servers, each list in a process of its own beside all other tests. */
const LANES: readonly (readonly string[])[] = [
  ["tests/stores/s3_test.ts"],
  ["tests/stores/minio_test.ts"],
];
/** What `--quick` leaves out, and why. */
const NOT_QUICK: Readonly<Record<string, string>> = {
  "tests/stores/": "suites of the bundled stores, killed processes and servers",
  "tests/bench/": "smoke runs of the benchmark",
  "tests/examples/": "suites of the examples, and examples on servers",
  "tests/conformance/cli/cli_test.ts": "the kit's command, a process each",
  "tests/proof/benign/": "two suites on one place",
  "tests/proof/matrix/": "mutants and the matrix",
  "tests/proof/reference/http_test.ts": "the suite of the HTTP reference store",
  "tests/tools/": "the tools, a process each, and servers",
  "tests/minio/permissions_test.ts": "permissions, a process each",
  "tests/s3/permissions_test.ts": "permissions, a process each",
};
const HELP = `Usage: deno task test [--quick] [options of deno test] [file ...]

Runs every test and every example in the documentation, in ${
  LANES.length + 1
} processes side by side.
With options or files, runs deno test with just these, in one process.

  --quick  leaves out what takes long, and prints what:
${listNotQuick()}
  --help   this text

Exit codes: 0 all passed; 1 a test failed; 2 wrong options.`;

const REPOSITORY = new URL("../", import.meta.url);
const CLOSING_LINE = /^(?:ok|FAILED) \| (.+?) \(\S+\)$/gm;

interface Outcome {
  readonly code: number;
  /** How many tests by what became of them: `passed`, `failed`, `ignored`. */
  readonly counts: ReadonlyMap<string, number>;
}

const children = new Set<Deno.ChildProcess>();

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const isQuick = args.includes("--quick");
  const rest = args.filter((arg) => arg !== "--quick");
  if (isQuick && rest.length > 0) {
    console.error(
      `Cannot run the tests as '--quick' stands alone: also given is "${
        rest[0]
      }"`,
    );
    return 2;
  }
  passSignalsOn();
  if (rest.length > 0) return (await runLane(rest, { isShown: true })).code;

  const begin = performance.now();
  const lanes = isQuick
    ? [[`--ignore=${Object.keys(NOT_QUICK).join(",")}`]]
    : [[`--ignore=${LANES.flat().join(",")}`], ...LANES];
  // The first is shown as it runs, the others when they have ended: lines of several would mix.
  const outcomes = await Promise.all(
    lanes.map((lane, index) => runLane(lane, { isShown: index === 0 })),
  );
  if (isQuick) console.log(`Left out by --quick:\n${listNotQuick()}`);
  return summarize(outcomes, (performance.now() - begin) / 1000);
}

async function runLane(
  args: readonly string[],
  { isShown }: { isShown: boolean },
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--doc", ...readInheritedArguments(), ...args],
    cwd: REPOSITORY,
    stdin: "null",
    stdout: "piped",
    stderr: isShown ? "inherit" : "piped",
  }).spawn();
  children.add(child);
  const [stdout, stderr, { code }] = await Promise.all([
    readText(child.stdout, isShown),
    isShown ? "" : readText(child.stderr, false),
    child.status,
  ]);
  children.delete(child);
  if (!isShown) {
    console.log(`\n--- ${args.join(" ")}\n${stderr}${stdout}`);
  }
  return { code, counts: readCounts(stdout) };
}

function readInheritedArguments(): string[] {
  return JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
}

async function readText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  isShown: boolean,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (isShown) writeText(part);
  }
  return text;
}

function writeText(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

/** Reads the last closing line of `deno test`; without one, nothing was counted. */
function readCounts(output: string): Map<string, number> {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const line = [...plain.matchAll(CLOSING_LINE)].at(-1)?.[1] ?? "";
  const counts = new Map<string, number>();
  for (const [, count, word = ""] of line.matchAll(/(\d+) ([a-z ]+)/g)) {
    if (!word.startsWith("step")) counts.set(word.trim(), Number(count));
  }
  return counts;
}

function summarize(outcomes: readonly Outcome[], seconds: number): number {
  const sum = new Map([["passed", 0], ["failed", 0]]);
  for (const { counts, code } of outcomes) {
    for (const [word, count] of counts) {
      sum.set(word, (sum.get(word) ?? 0) + count);
    }
    // One that ended without a count of failures, as where a file does not compile.
    if (code !== 0 && !counts.get("failed")) {
      sum.set("failed", sum.get("failed")! + 1);
    }
  }
  const verdict = sum.get("failed") === 0 ? "ok" : "FAILED";
  const counted = [...sum].map(([word, count]) => `${count} ${word}`);
  const minutes = Math.floor(seconds / 60);
  const time = `${minutes}m${Math.round(seconds - minutes * 60)}s`;
  console.log(`\n${[verdict, ...counted].join(" | ")} (${time})`);
  return verdict === "ok" ? 0 : 1;
}

function listNotQuick(): string {
  return Object.entries(NOT_QUICK).map(([path, what]) => `  ${path}: ${what}`)
    .join("\n");
}

/** Ends the tests with this process. */
function passSignalsOn(): void {
  const signals: [Deno.Signal, number][] = [["SIGINT", 130]];
  if (Deno.build.os !== "windows") signals.push(["SIGTERM", 143]);
  for (const [signal, code] of signals) {
    Deno.addSignalListener(signal, () => {
      for (const child of children) child.kill(signal);
      Deno.exit(code);
    });
  }
}
