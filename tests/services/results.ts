import { join } from "@std/path";
import { catalogue } from "../../conformance/cases/catalogue.ts";
import type { CaseResult } from "../../conformance/mod.ts";
import type { ReportRecord } from "../../conformance/report/json.ts";
import { type Cell, toCells } from "./cells.ts";
import type { Run, RunHeader } from "./run.ts";

/** A run that was judged, or could not be. */
export interface JudgedRun extends RunHeader {
  /** The verdict in words; empty if there is none. */
  readonly verdict: string;
  /** The results, in the order of the catalogue. */
  readonly results: readonly CaseResult[];
  /** Each clause of the contract. */
  readonly cells: readonly Cell[];
}

/** Path of the file in which a run's result is kept. */
export function resultPath(directory: string, { id }: Pick<Run, "id">): string {
  return join(directory, `${toSlug(id)}.jsonl`);
}

/** A run's id as it can stand in the name of a file and in an address. */
export function toSlug(id: string): string {
  return id.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/**
 * Reads every result that is kept.
 *
 * @param directory Where they are.
 * @returns The runs, ordered by id.
 * @throws {TypeError} If a file is not such a result.
 */
export async function readResults(directory: string): Promise<JudgedRun[]> {
  const runs: JudgedRun[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.endsWith(".jsonl")) continue;
    const text = await Deno.readTextFile(join(directory, name));
    try {
      runs.push(parseResult(text));
    } catch (error) {
      throw new TypeError(`Cannot read the result "${name}": ${error}`, {
        cause: error,
      });
    }
  }
  return runs.sort((a, b) => a.id.localeCompare(b.id));
}

/**
 * Runs of which no result is kept, so that the page tells of them.
 *
 * @param planned Every run that there is.
 * @param kept Those with a result.
 */
export function toUnmade(
  planned: readonly (Run & { readonly missing?: string })[],
  kept: readonly Run[],
): JudgedRun[] {
  return planned.filter(({ id }) => !kept.some((run) => run.id === id))
    .map(({ id, service, store, kind, missing }) => ({
      ...{ type: "run", id, service, store, kind, results: [], verdict: "" },
      ...{ date: "", commit: "", machine: "" },
      ...{ serviceVersion: "", clientVersion: "", cells: toCells([]) },
      missing: missing ?? `not run yet: 'deno task services --only=${id}'`,
    }));
}

/**
 * Parses one kept result: the header, and the JSON report behind it.
 *
 * @throws {TypeError} If it has no header, or says neither how the run ended nor why there was none.
 */
export function parseResult(text: string): JudgedRun {
  const [first = "", ...lines] = text.trim().split("\n");
  const header: RunHeader = JSON.parse(first);
  if (header.type !== "run") throw new TypeError("it has no header");
  const records = lines.map((line): ReportRecord => JSON.parse(line));
  const end = records.find((record) => record.type === "end");
  if (end === undefined && header.missing === undefined) {
    throw new TypeError("it has no end");
  }
  const order = catalogue.map(({ id }) => id);
  const results = records.filter((record) => record.type === "result")
    .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  return {
    ...header,
    verdict: end?.text ?? "",
    results,
    cells: toCells(results),
  };
}
