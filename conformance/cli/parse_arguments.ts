import type { Level } from "../model/result.ts";
import { UsageError } from "./usage.ts";

/** The formats of `--report`. */
export const FORMATS = [
  "text",
  "json",
  "junit",
  "markdown",
  "html",
  "github",
] as const;

/** One `--report`. */
export interface ReportTarget {
  /** The format. */
  readonly format: typeof FORMATS[number];
  /** The file, or `fd:3` for a descriptor; standard output if there is none. */
  readonly path: string | undefined;
}

/** The command's arguments. */
export interface CliArguments {
  /** The harness's path or URL; of `--command`, the command after `command:`. */
  readonly harness: string | undefined;
  /** `--help` */
  readonly help: boolean;
  /** `--list` */
  readonly list: boolean;
  /** `--bail` */
  readonly bail: boolean;
  /** `--failed` */
  readonly failed: boolean;
  /** `--watch` */
  readonly watch: boolean;
  /** `--durations` */
  readonly durations: boolean;
  /** True if one round trip goes first: not with `--no-smoke`, and not where only some cases are asked for. */
  readonly smokeCheck: boolean;
  /** `--init`; the empty string where no template is named. */
  readonly init: string | undefined;
  /** `--explain` */
  readonly explain: string | undefined;
  /** `--only`; `undefined` means all. */
  readonly only: readonly string[] | undefined;
  /** `--skip` */
  readonly skip: readonly string[];
  /** `--level` */
  readonly level: Level;
  /** `--strict` */
  readonly strict: boolean;
  /** `--seed` */
  readonly seed: string | undefined;
  /** `--jobs` */
  readonly jobs: number | undefined;
  /** `--timeout` */
  readonly timeout: number | undefined;
  /** `--baseline` */
  readonly baseline: string | undefined;
  /** `--report`; one of them goes to standard output unless there is none that says otherwise. */
  readonly reports: readonly ReportTarget[];
}

/** Begins the specifier of a command that starts a store in another language. */
export const COMMAND = "command:";

const FLAGS = [
  "help",
  "list",
  "strict",
  "bail",
  "failed",
  "watch",
  "durations",
  "no-smoke",
];
const VALUES = [
  "command",
  "explain",
  "only",
  "skip",
  "level",
  "seed",
  "jobs",
  "timeout",
  "baseline",
  "report",
];
const ONCE = VALUES.filter((name) =>
  !["only", "skip", "report"].includes(name)
);

/**
 * Reads the command's arguments.
 *
 * @throws {UsageError} If there is one that is unknown, lacks its value or has a wrong one.
 */
export function parseArguments(args: readonly string[]): CliArguments {
  const { positional, flags, values } = split(args);
  const [harness, ...more] = positional;
  if (more.length > 0) {
    throw new UsageError(`Cannot run more than one harness: "${more[0]}"`);
  }
  const one = (name: string) => values.get(name)?.[0];
  if (harness !== undefined && values.has("command")) {
    throw new UsageError(
      `Cannot run both a harness and a command: "${harness}"`,
    );
  }
  const list = (name: string) =>
    values.get(name)?.flatMap((value) => value.split(",")).map((item) =>
      item.trim()
    );
  return {
    harness: harness ?? findCommand(one("command")),
    help: flags.has("help"),
    list: flags.has("list"),
    strict: flags.has("strict"),
    bail: flags.has("bail"),
    failed: flags.has("failed"),
    watch: flags.has("watch"),
    durations: flags.has("durations"),
    smokeCheck: !flags.has("no-smoke") && !flags.has("failed") &&
      !values.has("only"),
    init: one("init"),
    explain: one("explain"),
    only: list("only"),
    skip: list("skip") ?? [],
    level: parseLevel(one("level")),
    seed: one("seed"),
    jobs: parseCount("jobs", one("jobs")),
    timeout: parseCount("timeout", one("timeout")),
    baseline: one("baseline"),
    reports: parseReports(values.get("report") ?? []),
  };
}

function findCommand(command: string | undefined): string | undefined {
  return command === undefined ? undefined : `${COMMAND}${command}`;
}

interface Split {
  positional: string[];
  flags: Set<string>;
  values: Map<string, string[]>;
}

function split(args: readonly string[]): Split {
  const split: Split = { positional: [], flags: new Set(), values: new Map() };
  const rest = [...args];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (next === "-h") next = "--help";
    if (!next.startsWith("-")) {
      split.positional.push(next);
      continue;
    }
    const [, name = "", inline] = next.match(/^--([^=]+)(?:=(.*))?$/s) ?? [];
    if (FLAGS.includes(name) && inline === undefined) {
      split.flags.add(name);
    } else if (name === "init") {
      // A template need not be named.
      const isNext = inline === undefined && /^[a-z]+$/.test(rest[0] ?? "");
      split.values.set(name, [inline ?? (isNext ? rest.shift() ?? "" : "")]);
    } else if (VALUES.includes(name)) {
      const value = inline ?? rest.shift();
      if (value === undefined || value === "") {
        throw new UsageError(`Cannot read arguments as --${name} has no value`);
      }
      const values = split.values.get(name) ?? [];
      split.values.set(name, [...values, value]);
    } else {
      throw new UsageError(
        `Cannot read arguments as there is no option ${next}: --help lists them`,
      );
    }
  }
  for (const name of ONCE) {
    if ((split.values.get(name)?.length ?? 0) > 1) {
      throw new UsageError(`Cannot read arguments as --${name} is there twice`);
    }
  }
  return split;
}

function parseLevel(value = "must"): Level {
  if (value === "must" || value === "should") return value;
  throw new UsageError(
    `Cannot read arguments as --level must be must or should: current value is ${value}`,
  );
}

function parseCount(
  name: string,
  value: string | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(count) && count > 0) {
    return count;
  }
  throw new UsageError(
    `Cannot read arguments as --${name} must be a positive integer: current value is ${value}`,
  );
}

function parseReports(values: readonly string[]): ReportTarget[] {
  const reports = values.map(parseReport);
  const printed = reports.filter(({ path }) => path === undefined);
  if (printed.length > 1) {
    throw new UsageError(
      "Cannot print more than one report: give the others a path, as in --report json=report.jsonl",
    );
  }
  return printed.length === 1
    ? reports
    : [...reports, { format: "text", path: undefined }];
}

function parseReport(value: string): ReportTarget {
  const [, name, path] = value.match(/^([^=]+)(?:=(.+))?$/s) ?? [];
  const format = FORMATS.find((format) => format === name);
  if (format !== undefined) return { format, path };
  throw new UsageError(
    `Cannot read arguments as --report must be one of ${
      FORMATS.join(", ")
    }, or format=path: current value is ${value}`,
  );
}
