import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { boundOf, type Cell, listCells } from "../../bench/distance/cells.ts";
import { makeTables } from "../../bench/distance/grid_tables.ts";
import { drawReport } from "../../bench/draw/draw_report.ts";
import { colourOf } from "../../bench/draw/heat_map.ts";
import { listSeries } from "../../bench/draw/memory.ts";
import { replaceSections } from "../../bench/publish.ts";
import type { Report } from "../../bench/report/report.ts";
import type { Table } from "../../bench/report/table.ts";

const MIB = 2 ** 20;
const BARS: Table = {
  part: "large",
  size: 256 * MIB,
  title: "Download of 256 MiB, minio",
  columns: [{ key: "client", title: "client" }, {
    key: "rate",
    title: "MiB/s",
  }],
  rows: [
    { client: "curl", rate: 500 },
    { client: "S3ObjectStore", rate: 1000 },
    { client: "Bun", note: "skipped: <none>" },
  ],
};

function cell(size: number, roundTrip: number): Cell {
  return { direction: "download", size, roundTrip, rate: 10 * MIB };
}

const GRID = makeTables([
  {
    cell: { ...cell(256 * MIB, 0), rate: Infinity },
    times: new Map([["S3ObjectStore", 1000]]),
  },
  {
    cell: cell(256 * MIB, 5),
    times: new Map([["S3ObjectStore", 4000], ["curl", Infinity]]),
  },
  {
    cell: cell(256 * MIB, 80),
    times: new Map([["S3ObjectStore", 5000], ["Bun", 4500], ["curl", 6000]]),
  },
  {
    cell: cell(4096, 80),
    times: new Map<string, number | string>([
      ["S3ObjectStore", 80],
      ["curl", "failed: <gone>"],
      ["Bun", 78],
    ]),
  },
], { part: "distance", server: "minio" });

const REPORT: Report = {
  command: "deno task bench --only=large,distance",
  date: "2026-11-27T20:05:00.000Z",
  machine: "linux & two cores",
  versions: { curl: "8" },
  tables: [BARS, ...GRID],
};

/** The elements of one tag. */
function find(svg: string, tag: string): string[] {
  return svg.match(new RegExp(`<${tag}[ >].*?(?:/>|</${tag}>)`, "gs")) ?? [];
}

Deno.test("bars have the length of their rates, and ours a colour of their own", () => {
  const { name, svg } = drawReport(REPORT)[0]!;
  assertEquals(name, "download_of_256_mib_minio");
  const bars = find(svg, "rect").slice(1);
  const widths = bars.map((bar) => Number(/width="([\d.]+)"/.exec(bar)?.[1]));
  assertEquals(widths[0], 2 * widths[1]!);
  assertEquals(bars.map((bar) => /class="(\w+)"/.exec(bar)?.[1]), [
    "ours",
    "other",
  ]);
  const texts = find(svg, "text").map((text) => text.replaceAll(/<.*?>/g, ""));
  const shown = texts.slice(1, 5);
  assertEquals(shown, ["S3ObjectStore", "1000 MiB/s", "curl", "500 MiB/s"]);
});

Deno.test("every picture has its command, date and machine, and a light and a dark side", () => {
  const pictures = drawReport(REPORT);
  assertEquals(pictures.length, 2);
  for (const { svg } of pictures) {
    assertStringIncludes(svg, "deno task bench --only=large,distance");
    assertStringIncludes(svg, "2026-11-27, linux &amp; two cores");
    assertStringIncludes(svg, "prefers-color-scheme: dark");
    assert(!svg.includes("<none>") && !svg.includes("<gone>"));
  }
});

Deno.test("the heat map has each figure in the cell of its line and size", () => {
  const { svg } = drawReport(REPORT).find(({ part, svg }) =>
    part === "distance" && svg.includes("5 ms")
  )!;
  const cells = svg.split("<g>").slice(1);
  assertEquals(cells.length, 3);
  const shown = cells.map((cell) => ({
    hint: /<title>(.*?)<\/title>/.exec(cell)?.[1],
    colour: /class="c(\w)"/.exec(cell)?.[1],
    x: Number(/<rect.*? x="(\d+)"/.exec(cell)?.[1]),
    y: Number(/<rect.*? y="(\d+)"/.exec(cell)?.[1]),
    ratio: /<text.*?>(.*?)</.exec(cell)?.[1],
  }));
  const byHint = (text: string) =>
    shown.find(({ hint }) => hint?.includes(text))!;
  const [near, far, small] = [
    byHint("4000 ms"),
    byHint("Bun 4500 ms"),
    byHint("Bun 78 ms"),
  ];
  assertEquals([near.ratio, near.colour], ["≥ 1.30", "0"]);
  assertEquals([far.ratio, far.colour], ["0.90", "2"]);
  assertEquals([small.ratio, small.colour], ["0.97", "1"]);
  assertEquals([near.y, near.x < far.x], [far.y, true]);
  assertEquals([small.x, small.y === far.y], [far.x, false]);
});

Deno.test("colourOf() has a step for first, near, behind and far behind", () => {
  assertEquals([1.1, 1, 0.99, 0.95, 0.94, 0.8, 0.5].map(colourOf), [
    ...[0, 0, 1, 1, 2, 2, 3],
  ]);
});

Deno.test("the grid's tables count what is first, near and near to its bound", () => {
  const [all, , downloads] = GRID;
  const { cells, first, near, long, enough } = all!.rows[0]!;
  assertEquals({ cells, first, near, long, enough }, {
    ...{ cells: 3, first: 1, near: 2, long: 2, enough: 1 },
  });
  assertEquals(downloads?.rows.map(({ client }) => client), [
    "none within 1.3 times",
    "Bun",
    "Bun",
  ]);
});

Deno.test("the grid's tables also count without those that are told the size", () => {
  const times = new Map([["S3ObjectStore", 100], ["told", 50], ["Bun", 101]]);
  const measured = [{ cell: cell(MIB, 5), times }];
  const place = { part: "distance", server: "minio" };
  const [all] = makeTables(measured, { ...place, told: ["told"] });
  const { near, nearToEqual } = all!.rows[0]!;
  assertEquals({ near, nearToEqual }, { near: 0, nearToEqual: 1 });
});

Deno.test("boundOf() is a round trip and the bytes at the rate of the line or the machine", () => {
  const one = { ...cell(80 * MIB, 20), rate: 10 * MIB };
  assertEquals(boundOf(one, { free: Infinity, setUp: 0 }), 1020);
  assertEquals(boundOf(one, { free: Infinity, setUp: 2 }), 1060);
  assertEquals(boundOf(one, { free: 40 * MIB, setUp: 0 }), 2020);
});

Deno.test("listCells() has about a hundred cells, each once", () => {
  const options = { isSecure: false, isSmoke: false, largest: 256 * MIB };
  const cells = listCells(options).map((cell) => JSON.stringify(cell));
  assertEquals(cells.length, 98);
  assertEquals(new Set(cells).size, 98);
  const further = listCells({ ...options, largest: 1024 * MIB });
  assertEquals(further.length, 98 + 24);
});

Deno.test("listSeries() has the peak of each client by size", () => {
  const tables = [256, 1].map((size): Table => ({
    ...{ part: "memory", title: "", columns: [], size: size * MIB },
    rows: [{ client: "curl", peakRss: (size + 9) * MIB }],
  }));
  assertEquals(listSeries(tables), [{
    name: "curl",
    points: [{ size: MIB, peak: 10 }, { size: 256 * MIB, peak: 265 }],
  }]);
});

Deno.test("replaceSections() replaces what is between the marks of a part that ran", () => {
  const page =
    "a\n<!-- begin: distance -->old<!-- end: distance -->\n<!-- begin: memory -->kept<!-- end: memory -->";
  const text = replaceSections(page, REPORT, drawReport(REPORT));
  assert(text.startsWith("a\n<!-- begin: distance -->\n"));
  assert(text.endsWith("<!-- begin: memory -->kept<!-- end: memory -->"));
  assert(!text.includes("old") && !text.includes("MiB/s, minio"));
  assertStringIncludes(text, "](pictures/distance_downloads_minio.svg)");
  assertStringIncludes(text, "| 256 MiB |");
  const again = replaceSections(text, REPORT, drawReport(REPORT));
  assertEquals(again, text);
});
