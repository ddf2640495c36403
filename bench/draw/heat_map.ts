import type { Row, Table } from "../report/table.ts";
import { type Drawing, escape, write } from "./svg.ts";

const WIDTH = 56;
const HEIGHT = 36;
const NAMES = 70;
const HEAD = 36;
const LEGEND = 40;
/** The shares of the fastest other from which on a cell has each colour; below the last it has the fourth. */
const STEPS = [1, 0.95, 0.8];

/** A line of the grid. */
interface Line {
  readonly roundTrip: number;
  readonly rate: number;
}

/**
 * Draws a table of the grid: a column for each line, a row for each size. A
 * cell shows how fast ours is to the fastest other, and below it how much it
 * reaches of what is allowed.
 *
 * @param table A table of the part `distance`, of one direction.
 */
export function drawHeatMap({ title, rows, columns }: Table): Drawing {
  const sizes = [...new Set(rows.map(({ size }) => `${size}`))];
  const lines = listLines(rows);
  const rateOf = columns.find(({ key }) => key === "rate")?.format ?? String;
  const parts: string[] = [];
  for (const [index, { roundTrip, rate }] of lines.entries()) {
    const x = NAMES + index * WIDTH + WIDTH / 2;
    const place = { x, kind: "small", anchor: "middle" } as const;
    parts.push(write(`${roundTrip} ms`, { ...place, y: 12 }));
    parts.push(write(rateOf(rate), { ...place, y: 26, kind: "small dim" }));
  }
  for (const [number, size] of sizes.entries()) {
    const y = HEAD + number * HEIGHT;
    parts.push(write(size, { x: NAMES - 8, y: y + 22, anchor: "end" }));
    for (const [index, line] of lines.entries()) {
      const row = rows.find((row) =>
        `${row.size}` === size && row.roundTrip === line.roundTrip &&
        row.rate === line.rate
      );
      if (row) parts.push(drawCell(row, NAMES + index * WIDTH, y));
    }
  }
  const bottom = HEAD + sizes.length * HEIGHT;
  parts.push(drawLegend(bottom + 10));
  return {
    title,
    width: NAMES + lines.length * WIDTH,
    height: bottom + LEGEND,
    body: parts.join("\n"),
  };
}

function listLines(rows: readonly Row[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { roundTrip, rate } of rows) {
    if (typeof roundTrip !== "number" || typeof rate !== "number") continue;
    lines.set(`${roundTrip} ${rate}`, { roundTrip, rate });
  }
  return [...lines.values()]
    .sort((a, b) => a.roundTrip - b.roundTrip || a.rate - b.rate);
}

function drawCell(row: Row, x: number, y: number): string {
  const { client, median, ratio, share } = row;
  const isKnown = typeof ratio === "number";
  const step = isKnown ? colourOf(ratio) : "x";
  const other = typeof row.other === "number"
    ? `${client} ${row.other.toFixed(0)} ms`
    : `${client}`;
  const text = typeof median === "number"
    ? `S3ObjectStore ${median.toFixed(0)} ms, ${other}`
    : `${median}`;
  const centre = { x: x + WIDTH / 2, anchor: "middle" } as const;
  return [
    `<g><title>${escape(text)}</title>`,
    `<rect class="c${step}" x="${x + 1}" y="${y + 1}" width="${
      WIDTH - 2
    }" height="${HEIGHT - 2}" rx="3"/>`,
    write(isKnown ? formatRatio(ratio) : "failed", {
      ...centre,
      y: y + 16,
      kind: `t${step}`,
    }),
    typeof share === "number"
      ? write(share.toFixed(2), {
        ...centre,
        y: y + 29,
        kind: `small t${step}`,
      })
      : "",
    "</g>",
  ].join("");
}

/** The number of a ratio's colour: 0 is the best. */
export function colourOf(ratio: number): number {
  const step = STEPS.findIndex((least) => ratio >= least);
  return step < 0 ? STEPS.length : step;
}

/** Others are waited for no longer than that. */
function formatRatio(ratio: number): string {
  return ratio >= 1.3 ? "≥ 1.30" : ratio.toFixed(2);
}

function drawLegend(y: number): string {
  const names = ["first", "within 5 %", "within 20 %", "behind"];
  const boxes = names.map((name, index) =>
    `<rect class="c${index}" x="${
      NAMES + index * 100
    }" y="${y}" width="12" height="12" rx="2"/>` +
    write(name, { x: NAMES + index * 100 + 18, y: y + 10, kind: "small" })
  );
  const about =
    "above: how fast to the fastest other; below: of what the line or this machine allows";
  return [
    ...boxes,
    write(about, { x: NAMES, y: y + 27, kind: "small dim" }),
  ].join("");
}
