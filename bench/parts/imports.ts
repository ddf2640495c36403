import { join } from "@std/path";
import {
  measureModules,
  type ModuleTimes,
} from "../process/measure_modules.ts";
import { median } from "../report/statistics.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import type { Part, PartContext } from "./part.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const EMPTY = "an empty module";

/** What importing an entry point costs. */
export const imports: Part = {
  name: "imports",
  summary: "importing each entry point, against an empty module",
  servers: "none",
  async run(context) {
    const modules = await listModules(context);
    const found = await measureModules(context, "imports", modules);
    return [createTable("imports", "A Deno process that only imports", found)];
  },
};

/**
 * Makes a table of processes, of which the first runs an empty module.
 *
 * @param part The part's name.
 * @param title What was measured.
 * @param found The times.
 */
export function createTable(
  part: string,
  title: string,
  found: readonly ModuleTimes[],
): Table {
  const [empty] = found;
  const base = median([...empty?.times ?? []]);
  return {
    part,
    title,
    columns: [
      { key: "client", title: "module" },
      { key: "median", title: "median", format: FORMATS.milliseconds },
      { key: "least", title: "least", format: FORMATS.milliseconds },
      {
        key: "more",
        title: `over ${empty?.name}`,
        format: FORMATS.milliseconds,
      },
      { key: "ratio", title: `to ${empty?.name}`, format: FORMATS.ratio },
    ],
    rows: found.map(({ name, times, note }): Row => {
      if (note !== undefined) return { client: name, note };
      const time = median([...times]);
      return {
        client: name,
        median: time,
        least: Math.min(...times),
        more: time - base,
        ratio: base / time,
        times,
      };
    }),
  };
}

/** Names and codes of modules for each thing to import. */
async function listModules(
  { missing, tools }: PartContext,
): Promise<[name: string, code: string][]> {
  const text = await Deno.readTextFile(new URL("deno.json", REPOSITORY));
  const exports: Record<string, string> = JSON.parse(text).exports;
  const modules: [string, string][] = [
    [EMPTY, "export {};"],
    ...Object.entries(exports).map(([entry, path]): [string, string] => {
      const url = new URL(path, REPOSITORY).href;
      return [entry, `import ${JSON.stringify(url)};`];
    }),
  ];
  for (const name of ["@aws-sdk/client-s3", "minio"]) {
    if (missing.some(({ reason }) => reason.includes("--install"))) break;
    const peers = JSON.stringify(join(tools.peers, "package.json"));
    modules.push([
      name,
      `import { createRequire } from "node:module"; createRequire(${peers})("${name}");`,
    ]);
  }
  return modules;
}
