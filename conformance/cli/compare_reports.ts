import { readFileSync } from "node:fs";
import { basename } from "@std/path/basename";
import { catalogue } from "../cases/catalogue.ts";
import { describeError } from "../checks/error_chain.ts";
import {
  compareAsHtml,
  compareAsText,
  type ComparedResult,
  type ComparedRun,
} from "../report/compare.ts";
import type { ReportRecord } from "../report/json.ts";
import { openTarget, print } from "./output.ts";
import { UsageError } from "./usage.ts";

/**
 * Runs `compare`: puts JSON reports side by side.
 *
 * @param args The arguments behind the word: paths of reports, and `--html` with a path.
 * @throws {UsageError} If an argument is not right, or a file is no JSON report.
 * @throws {OutputError} If the page cannot be written to its end.
 */
export function compareReports(args: readonly string[]): void {
  const { paths, html } = parse(args);
  const read = paths.map(readRun);
  const names = read.map(({ name }) => name);
  const runs = read.map((run, index) => {
    const isAlone = names.indexOf(run.name) === names.lastIndexOf(run.name);
    const file = basename(paths[index] ?? "");
    return isAlone ? run : { ...run, name: `${run.name} (${file})` };
  });
  if (html === undefined) print(compareAsText(runs));
  else openTarget({ format: "html", path: html })(compareAsHtml(runs));
}

function parse(
  args: readonly string[],
): { paths: string[]; html: string | undefined } {
  const paths: string[] = [];
  let html: string | undefined;
  const rest = [...args];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const [, inline] = next.match(/^--html(?:=(.+))?$/s) ?? [];
    if (next === "--html" || inline !== undefined) {
      html = inline ?? rest.shift();
      if (html === undefined) {
        throw new UsageError("Cannot compare reports as --html has no path");
      }
    } else if (next.startsWith("-")) {
      throw new UsageError(
        `Cannot compare reports as there is no option ${next}: --html is the only one`,
      );
    } else paths.push(next);
  }
  if (paths.length < 2) {
    throw new UsageError(
      "Cannot compare reports as two are needed at least: write them with --report json=a.json",
    );
  }
  return { paths, html };
}

function readRun(path: string): ComparedRun {
  try {
    const records = readFileSync(path, "utf8").trim().split("\n")
      .map((line): ReportRecord => JSON.parse(line));
    const begin = records.find((record) => record.type === "begin");
    if (begin === undefined) throw new TypeError("it has no record 'begin'");
    if (begin.version !== 1) {
      throw new TypeError(`its version is ${begin.version}, and 1 is known`);
    }
    const end = records.find((record) => record.type === "end");
    const order = catalogue.map(({ id }) => id);
    const results = records.filter((record) => record.type === "result")
      .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    return {
      name: begin.store,
      seed: begin.seed,
      verdict: end?.text ?? "the report has no end",
      pace: begin.pace,
      results: results satisfies ComparedResult[],
    };
  } catch (error) {
    throw new UsageError(
      `Cannot compare "${path}" as it is no JSON report: ${
        describeError(error)[0]
      }`,
      { cause: error },
    );
  }
}
