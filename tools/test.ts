/**
 * Runs every test and every example in the documentation, in several processes side by side: whole
 * conformance suites mostly wait, so that one process leaves processors idle. Ends with the slowest
 * tests, the errors of those that failed, and one line for all:
 * `ok | 900 passed | 0 failed | 3 ignored (3m12s)`.
 *
 * @module
 */

import { formatFailures, readEnd, readFailures } from "./failed_tests.ts";

/** Stands for every test that is on no list. */
const OTHERS: readonly string[] = [];
/** Lists of tests that run in a process each, those that take longest first: one that begins late keeps a processor idle at the end. */
const LANES: readonly (readonly string[])[] = [
  ["tests/stores/opendal_test.ts"],
  ["tests/runtimes/"],
  ["tests/stores/s3_on_minio_test.ts"],
  ["tests/stores/minio_on_minio_test.ts"],
  ["tests/stores/s3_test.ts"],
  ["tests/stores/minio_test.ts"],
  ["tests/s3/"],
  [
    ...["tests/s3/answers_test.ts", "tests/s3/failures_test.ts"],
    "tests/s3/wire_test.ts",
  ],
  ["tests/conformance/"],
  ["tests/conformance/runner/"],
  ["tests/conformance/runner/process/"],
  OTHERS,
  ["tests/stores/"],
  ["tests/proof/"],
  ["tests/proof/slow/"],
  ["tests/bench/", "tests/examples/"],
  [
    ...["tests/file_system/", "tests/minio/", "tests/s3_protocol/"],
    "tests/tools/",
  ],
];
/** Tests that load the machine on purpose: they run when all others have ended, which they would disturb. */
const AT_THE_END: readonly string[] = ["tests/proof/slow/under_load_test.ts"];
/** How many processes run at once: three left a third of two processors idle, as suites mostly wait. */
const AT_ONCE = 4;
/** How many of the slowest tests are told. */
const SLOWEST = 10;
/** What `--quick` leaves out, and why. */
const NOT_QUICK: Readonly<Record<string, string>> = {
  "tests/stores/": "suites of the bundled stores, killed processes and servers",
  "tests/runtimes/": "suites of the bundled stores on Node and Bun",
  "tests/bench/": "smoke runs of the benchmark",
  "tests/examples/": "suites of the examples, and examples on servers",
  "tests/conformance/cases/blame_test.ts":
    "the suite on a store with a wrong byte",
  "tests/conformance/cases/stopped_test.ts":
    "suites on stores with one bad habit",
  "tests/conformance/cli/cli_test.ts": "the kit's command, a process each",
  "tests/conformance/language/": "stores in Python and Go, and broken children",
  "tests/proof/benign/": "two suites on one place",
  "tests/proof/matrix/": "mutants and the matrix",
  "tests/proof/mutants/": "every mutant, loaded as a module",
  "tests/proof/reference/http_test.ts": "the suite of the HTTP reference store",
  "tests/proof/reference/memory_test.ts":
    "the suite of the reference store in memory",
  "tests/proof/slow/": "slow stores, and stores on a loaded machine",
  "tests/tools/": "the tools, a process each, and servers",
  "tests/minio/permissions_test.ts": "permissions, a process each",
  "tests/s3/permissions_test.ts": "permissions, a process each",
  "tests/s3/ways_test.ts": "every way to send, a process each",
};
const HELP = `Usage: deno task test [--quick] [options of deno test] [file ...]

Runs every test and every example in the documentation, ${AT_ONCE} processes at once.
With options or files, runs deno test with just these, in one process.

  --quick  leaves out what takes long, and prints what:
${listNotQuick()}
  --help   this text

Exit codes: 0 all passed; 1 a test failed; 2 wrong options.`;

const NO_CHECK = "--no-check";
const REPOSITORY = new URL("../", import.meta.url);
const CLOSING_LINE = /^(?:ok|FAILED) \| (.+?) \(\S+\)$/gm;
const FILE_LINE = /^running \d+ tests? from (\S+)/;
const TEST_LINE =
  /^(\S.*?) \.\.\. .*?\(((?:\d+m)?(?:\d+s)?(?:\d+(?:ms|µs))?)\)$/;
const UNITS: Readonly<Record<string, number>> = {
  m: 60,
  s: 1,
  ms: 1e-3,
  µs: 1e-6,
};

interface Outcome {
  readonly code: number;
  /** How many tests by what became of them: `passed`, `failed`, `ignored`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly tests: readonly TimedTest[];
  /** What is said of each test that failed. */
  readonly failures: readonly string[];
}

interface TimedTest {
  readonly name: string;
  readonly file: string;
  /** As `deno test` tells it: `1m2s`, `12s`, `123ms`. */
  readonly time: string;
  readonly seconds: number;
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
  if (rest.length > 0) return (await runLane(rest, { isAlone: true })).code;

  const begin = performance.now();
  const { together, atTheEnd } = planLanes(isQuick);
  const [checks, outcomes] = await Promise.all([
    checkTypes(),
    runAll(together),
  ]);
  for (const lane of atTheEnd) outcomes.push(await runLane(lane));
  outcomes.unshift(...checks);
  if (isQuick) console.log(`\nLeft out by --quick:\n${listNotQuick()}`);
  return summarize(outcomes, (performance.now() - begin) / 1000);
}

/** The arguments of each process: those that run side by side, and those that run alone after them. */
function planLanes(
  isQuick: boolean,
): { together: string[][]; atTheEnd: string[][] } {
  const leftOut = isQuick ? Object.keys(NOT_QUICK) : [];
  // Of three directories or more, deno (2.9.6) does not leave out a single file.
  const lists = [...LANES, AT_THE_END].flatMap((list) =>
    isQuick && list.length > 1 ? list.map((path) => [path]) : [list]
  );
  const lanes = lists.map((lane) => ({
    lane,
    paths: lane.filter((path) => isThere(path) && !isIn(path, leftOut)),
  })).filter(({ lane, paths }) => lane === OTHERS || paths.length > 0);
  const listed = lanes.flatMap(({ paths }) => paths);
  const planned = lanes.map(({ lane, paths }) => {
    const elsewhere = listed.filter((path) =>
      !paths.includes(path) && (lane === OTHERS || isIn(path, paths))
    );
    const ignored = [...elsewhere, ...leftOut].join(",");
    return [
      // Examples in the documentation, which run with the others, are not among what is checked once.
      ...lane === OTHERS || isUnchecked() ? [] : [NO_CHECK],
      // Other lists may have all that is in a directory.
      "--permit-no-files",
      ...ignored === "" ? [] : [`--ignore=${ignored}`],
      ...paths,
    ];
  });
  const isLast = lanes.at(-1)?.lane === AT_THE_END;
  const count = planned.length - (isLast ? 1 : 0);
  return {
    together: planned.slice(0, count),
    atTheEnd: planned.slice(count),
  };
}

/** Whether a path is one of these or in one. */
function isIn(path: string, paths: readonly string[]): boolean {
  return paths.some((start) => path.startsWith(start));
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, REPOSITORY));
    return true;
  } catch {
    return false;
  }
}

async function runAll(lanes: readonly string[][]): Promise<Outcome[]> {
  const waiting = [...lanes];
  const outcomes: Outcome[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
      outcomes.push(await runLane(lane));
    }
  }));
  return outcomes;
}

/** Once for all: each process would check the types of most files again. */
async function checkTypes(): Promise<Outcome[]> {
  if (isUnchecked()) return [];
  return [await runDeno(["check", ...readInheritedArguments(), "."])];
}

/** Whether types are not to be checked at all. */
function isUnchecked(): boolean {
  return readInheritedArguments().includes(NO_CHECK);
}

function runLane(
  args: readonly string[],
  options?: { isAlone?: boolean },
): Promise<Outcome> {
  return runDeno(
    ["test", "-A", "--doc", ...readInheritedArguments(), ...args],
    options,
  );
}

async function runDeno(
  args: readonly string[],
  { isAlone = false } = {},
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: REPOSITORY,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  children.add(child);
  const [stdout, stderr, { code }] = await Promise.all([
    passOn(child.stdout, Deno.stdout, isAlone ? "parts" : "files"),
    passOn(child.stderr, Deno.stderr, isAlone ? "parts" : "lines"),
    child.status,
  ]);
  children.delete(child);
  const counts = readCounts(stdout);
  const failures = readFailures(stdout);
  if (hasNotCounted({ code, counts })) failures.push(readEnd(stderr));
  return { code, counts, tests: readTests(stdout), failures };
}

function readInheritedArguments(): string[] {
  return JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
}

/**
 * Shows what a process prints, and returns it without colors.
 *
 * @param by How much is shown at once: what several print at a time must not mix within a line, or within the tests of a file.
 */
async function passOn(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: typeof Deno.stdout,
  by: "parts" | "lines" | "files",
): Promise<string> {
  let shown = "";
  let held = "";
  function show(): void {
    writeText(held, to);
    shown += held;
    held = "";
  }
  let line = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    if (by === "parts") {
      held = part;
      show();
      continue;
    }
    const lines = (line + part).split("\n");
    line = lines.pop() ?? "";
    for (const whole of lines) {
      if (by === "lines" || FILE_LINE.test(removeColors(whole))) show();
      held += `${whole}\n`;
    }
  }
  held += line;
  show();
  return removeColors(shown);
}

function writeText(text: string, to: typeof Deno.stdout): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(to.writeSync(rest));
}

function removeColors(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}

/** Reads how long each test took. */
function readTests(output: string): TimedTest[] {
  const tests: TimedTest[] = [];
  let file = "";
  for (const line of output.split("\n")) {
    file = line.match(FILE_LINE)?.[1] ?? file;
    const [, name, time = ""] = line.match(TEST_LINE) ?? [];
    if (name === undefined) continue;
    let seconds = 0;
    for (const [, count, unit = ""] of time.matchAll(/(\d+)([a-zµ]+)/g)) {
      seconds += Number(count) * (UNITS[unit] ?? 0);
    }
    tests.push({ name, file, time, seconds });
  }
  return tests;
}

/** Reads the last closing line of `deno test`; without one, nothing was counted. */
function readCounts(output: string): Map<string, number> {
  const line = [...output.matchAll(CLOSING_LINE)].at(-1)?.[1] ?? "";
  const counts = new Map<string, number>();
  for (const [, count, word = ""] of line.matchAll(/(\d+) ([a-z ]+)/g)) {
    if (!word.startsWith("step")) counts.set(word.trim(), Number(count));
  }
  return counts;
}

function summarize(outcomes: readonly Outcome[], seconds: number): number {
  const sum = new Map([["passed", 0], ["failed", 0]]);
  for (const outcome of outcomes) {
    for (const [word, count] of outcome.counts) {
      sum.set(word, (sum.get(word) ?? 0) + count);
    }
    if (hasNotCounted(outcome)) sum.set("failed", sum.get("failed")! + 1);
  }
  tellSlowest(outcomes.flatMap(({ tests }) => tests));
  const failures = outcomes.flatMap(({ failures }) => failures);
  if (failures.length > 0) console.log(`\n${formatFailures(failures)}`);
  const verdict = sum.get("failed") === 0 ? "ok" : "FAILED";
  const counted = [...sum].map(([word, count]) => `${count} ${word}`);
  const minutes = Math.floor(seconds / 60);
  const time = `${minutes}m${Math.round(seconds - minutes * 60)}s`;
  console.log(`\n${[verdict, ...counted].join(" | ")} (${time})`);
  return verdict === "ok" ? 0 : 1;
}

/** Whether a process failed without a count of failures, as where a file does not compile. */
function hasNotCounted(
  { code, counts }: Pick<Outcome, "code" | "counts">,
): boolean {
  return code !== 0 && !counts.get("failed");
}

function tellSlowest(tests: readonly TimedTest[]): void {
  const slowest = tests.toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST);
  console.log("\nThe slowest tests, each while others ran:");
  for (const { name, file, time } of slowest) {
    console.log(`${time.padStart(7)}  ${file}: ${name}`);
  }
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
