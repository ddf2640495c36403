import { measureModules } from "../process/measure_modules.ts";
import { measureWays, type Way } from "../process/measure_ways.ts";
import { median } from "../report/statistics.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import { createTable } from "./imports.ts";
import type { Part } from "./part.ts";

/** What a process would load at once if `src/platform/` did not load it late, or do without. */
const MODULES: readonly (readonly [string, string])[] = [
  ["an empty module", "export {};"],
  ...["fs", "fs/promises", "path", "crypto", "zlib", "http", "https"].map((
    name,
  ) => [`node:${name}`, `import "node:${name}";`] as const),
  ["Web Crypto", 'await crypto.subtle.digest("SHA-256", new Uint8Array());'],
];

/** The claims of `src/platform/`: what loading costs, and what stands in for it meanwhile. */
export const cold: Part = {
  name: "cold",
  summary:
    "what src/platform/ loads late or does at once, against the other way",
  servers: "none",
  async run(context) {
    const loaded = await measureModules(context, "cold", MODULES);
    const ways = await measureWays(context);
    return [
      createTable("cold", "A Deno process that loads a module", loaded),
      createWaysTable(ways),
    ];
  },
};

function createWaysTable(ways: readonly Way[]): Table {
  return {
    part: "cold",
    title: "The same work in two ways, in a process that has loaded both",
    columns: [
      { key: "client", title: "work" },
      { key: "first", title: "one way" },
      { key: "median", title: "median", format: FORMATS.microseconds },
      { key: "second", title: "the other" },
      { key: "other", title: "median", format: FORMATS.microseconds },
      { key: "ratio", title: "other to one", format: FORMATS.ratio },
    ],
    rows: ways.map(({ work, first, second }): Row => {
      const [one, other] = [median(first.times), median(second.times)];
      return {
        client: work,
        first: first.name,
        median: one,
        second: second.name,
        other,
        ratio: other / one,
        times: first.times,
      };
    }),
  };
}
