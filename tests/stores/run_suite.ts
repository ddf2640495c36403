import type { CaseResult } from "../../conformance/mod.ts";
import allowed from "./allowed.json" with { type: "json" };
import allowedOpendal from "../../tools/services/allowed_opendal.json" with {
  type: "json",
};
import type { Devices } from "./devices.ts";

const CLI = new URL("../../conformance/cli.ts", import.meta.url);
/** On a server most cases wait, so that more run at once than there are processors. */
const JOBS = "4";

/** Reasons for which the kit gives a case up where the store is slow. */
const SLOW = /too slow here|takes no objects of \d+ bytes/;

/** The files that list what may be other than `pass`. */
const LISTS = {
  "allowed.json": allowed as readonly AllowedResult[],
  "allowed_opendal.json": allowedOpendal as readonly AllowedResult[],
};

/** A result of a bundled store that may be other than `pass`: an entry of a list. */
export interface AllowedResult {
  /** The case's id, or the beginning of those of a group and `*`: any of them may be so. */
  readonly case: string;
  /** The store's class. */
  readonly store: string;
  /** The server or several, or `*` for each; left out where there is none. */
  readonly server?: string | readonly string[];
  /** What the result is. */
  readonly status: "skip" | "unverified" | "fail";
  /** Only where this file system is missing. */
  readonly unless?: string;
  /** Only on this runtime. */
  readonly runtime?: string;
  /** Whose a failure is, where it is not the store's. */
  readonly owner?: "service" | "emulator" | "OpenDAL";
  /** Why. */
  readonly reason: string;
}

/** Which suite is run. */
export interface SuiteOptions {
  /** The store's class. */
  readonly store: string;
  /** The harness, which this deno runs. */
  readonly harness?: URL;
  /** The program, the kit's command and the harness, where another one runs it. */
  readonly command?: readonly string[];
  /** The working directory. */
  readonly cwd?: string;
  /** The server's name, if there is one. */
  readonly server?: string;
  /** Environment variables for the harness. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file systems that the harness has. */
  readonly devices?: readonly (keyof Devices)[];
  /** What runs the command, with its version. @default {"deno"} */
  readonly runtime?: string;
  /** Ids of the cases. @default {all} */
  readonly only?: readonly string[];
  /** The list that the results are compared with. @default {"allowed.json"} */
  readonly list?: keyof typeof LISTS;
}

/** What a run of the suite has shown. */
export interface SuiteOutcome {
  /** How many cases passed. */
  readonly passed: number;
  /** Results that the list does not have, and entries that it has in vain. */
  readonly problems: readonly string[];
}

/** Runs the conformance suite by its command in a process of its own, and compares the results with a list. */
export async function runSuite(options: SuiteOptions): Promise<SuiteOutcome> {
  const { list = "allowed.json" } = options;
  const { stdout } = await makeSuiteCommand(options, { stderr: "inherit" })
    .output();
  const records = new TextDecoder().decode(stdout).trim().split("\n")
    .filter((line) => line !== "").map((line) => JSON.parse(line));
  const results: CaseResult[] = records
    .filter(({ type }) => type === "result");
  for (const { id, status, reason, failure } of results) {
    if (status === "pass") continue;
    console.log(`${id} ${status}: ${reason ?? failure?.observed ?? ""}`);
  }
  const end = records.find(({ type }) => type === "end");
  const problems = compare(results, LISTS[list], options);
  if (!end) problems.push("the suite has not come to its end");
  if (end?.cleanupError) problems.push(end.cleanupError);
  if (end?.leftovers?.length > 0) problems.push("objects are left");
  const passed = results.filter(({ status }) => status === "pass").length;
  return { passed, problems };
}

/**
 * Makes the command that runs the suite and prints the JSON report.
 *
 * @param options Which suite.
 * @param streams Where the standard output and error go.
 */
export function makeSuiteCommand(
  options: Pick<
    SuiteOptions,
    "harness" | "command" | "cwd" | "env" | "only"
  >,
  streams: Pick<Deno.CommandOptions, "stdout" | "stderr">,
): Deno.Command {
  const [program = "", ...args] = options.command ?? [
    ...[Deno.execPath(), "run", "-A"],
    ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
    ...[CLI.href, `${options.harness}`],
  ];
  return new Deno.Command(program, {
    args: [
      ...[...args, "--report", "json", "--jobs", JOBS],
      ...(options.only ?? []).flatMap((id) => ["--only", id]),
    ],
    ...options.cwd === undefined ? {} : { cwd: options.cwd },
    env: { ...options.env },
    stdin: "null",
    ...streams,
  });
}

/**
 * Compares results with the list.
 *
 * @returns A line for each result that is not on it, and for each entry whose case is not as it says.
 */
export function compare(
  results: readonly Pick<
    CaseResult,
    "id" | "status" | "reason" | "failure"
  >[],
  list: readonly AllowedResult[],
  { store, server, devices = [], runtime = "deno", only }: Pick<
    SuiteOptions,
    "store" | "server" | "devices" | "runtime" | "only"
  >,
): string[] {
  const entries = list.filter((entry) =>
    entry.store === store &&
    (only?.some((id) => isOf(entry, id)) ?? true) &&
    isOn(entry, server) &&
    (entry.runtime ?? runtime) === runtime &&
    !devices.some((device) => device === entry.unless)
  );
  const problems: string[] = [];
  const judged = results.filter((result) => !isGivenUp(result));
  for (const { id, status, reason, failure } of judged) {
    const isListed = entries.some((entry) =>
      isOf(entry, id) && entry.status === status
    );
    if (status === "pass" || isListed) continue;
    const why = failure
      ? `expected ${failure.expected}; observed ${failure.observed}`
      : reason ?? "";
    problems.push(`${id} ${status}: ${why}`);
  }
  for (const entry of entries) {
    const found = results.filter(({ id }) => isOf(entry, id));
    if (found.some(isGivenUp)) continue;
    if (found.some(({ status }) => status === entry.status)) continue;
    problems.push(
      `${entry.case} is ${
        found[0]?.status ?? "missing"
      }, but it is listed as ${entry.status}`,
    );
  }
  return problems;
}

/** On a machine that is loaded a lot the kit finds a store too slow for what moves much. */
function isGivenUp(
  { status, reason = "" }: Pick<CaseResult, "status" | "reason">,
): boolean {
  return (status === "unverified" || status === "skip") && SLOW.test(reason);
}

function isOf(entry: AllowedResult, id: string): boolean {
  return entry.case.endsWith("*")
    ? id.startsWith(entry.case.slice(0, -1))
    : id === entry.case;
}

function isOn({ server: listed }: AllowedResult, server?: string): boolean {
  if (listed === "*" || listed === server) return true;
  return Array.isArray(listed) && server !== undefined &&
    listed.includes(server);
}
