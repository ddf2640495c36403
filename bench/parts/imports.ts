import { fromFileUrl, join } from "@std/path";
import { getDenoArgs } from "../clients/write_lock.ts";
import { measureProcess } from "../process/measure_process.ts";
import { median } from "../report/statistics.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import type { Part, PartContext } from "./part.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const EMPTY = "an empty module";
/** A process takes milliseconds, and a round of all of them a second. */
const TIMES = 3;

/** What importing an entry point costs. */
export const imports: Part = {
  name: "imports",
  summary: "importing each entry point, against an empty module",
  servers: "none",
  run: async (context) => [await measureImports(context)],
};

async function measureImports(context: PartContext): Promise<Table> {
  const { directory, progress, signal, tools } = context;
  const denoArgs = await getDenoArgs();
  const config = fromFileUrl(new URL("deno.json", REPOSITORY));
  const modules = await writeModules(context);
  const times = new Map<string, number[]>();
  const notes = new Map<string, string>();
  for (let round = 0; round <= context.rounds * TIMES; round++) {
    progress.show("imports");
    for (const [name, path] of modules) {
      if (notes.has(name)) continue;
      try {
        const { milliseconds } = await measureProcess({
          program: Deno.execPath(),
          args: [
            "run",
            "-A",
            "--quiet",
            "--config",
            config,
            ...denoArgs,
            path,
          ],
        }, { directory, python: tools.python, signal });
        const list = times.get(name) ?? [];
        times.set(name, list);
        if (round > 0) list.push(milliseconds);
      } catch (error) {
        signal.throwIfAborted();
        notes.set(name, `failed: ${(error as Error).message}`);
      }
    }
  }

  const base = median(times.get(EMPTY) ?? []);
  return {
    part: "imports",
    title: "A Deno process that only imports",
    columns: [
      { key: "client", title: "module" },
      { key: "median", title: "median", format: FORMATS.milliseconds },
      { key: "least", title: "least", format: FORMATS.milliseconds },
      { key: "more", title: `over ${EMPTY}`, format: FORMATS.milliseconds },
      { key: "ratio", title: `to ${EMPTY}`, format: FORMATS.ratio },
    ],
    rows: modules.map(([name]): Row => {
      const note = notes.get(name);
      if (note !== undefined) return { client: name, note };
      const list = times.get(name) ?? [];
      const time = median(list);
      return {
        client: name,
        median: time,
        least: Math.min(...list),
        more: time - base,
        ratio: base / time,
        times: list,
      };
    }),
  };
}

/** Writes a module for each thing to import. */
async function writeModules(
  { directory, missing, tools }: PartContext,
): Promise<[string, string][]> {
  const text = await Deno.readTextFile(new URL("deno.json", REPOSITORY));
  const exports: Record<string, string> = JSON.parse(text).exports;
  const codes: [string, string][] = [
    [EMPTY, "export {};"],
    ...Object.entries(exports).map(([entry, path]): [string, string] => {
      const url = new URL(path, REPOSITORY).href;
      return [entry, `import ${JSON.stringify(url)};`];
    }),
  ];
  for (const name of ["@aws-sdk/client-s3", "minio"]) {
    if (missing.some(({ reason }) => reason.includes("--install"))) break;
    const peers = JSON.stringify(join(tools.peers, "package.json"));
    codes.push([
      name,
      `import { createRequire } from "node:module"; createRequire(${peers})("${name}");`,
    ]);
  }
  const modules: [string, string][] = [];
  for (const [index, [name, code]] of codes.entries()) {
    const path = join(directory, `import_${index}.mjs`);
    await Deno.writeTextFile(path, code);
    modules.push([name, path]);
  }
  return modules;
}
