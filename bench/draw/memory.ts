import { OURS } from "../clients/find_clients.ts";
import type { Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import { type Drawing, round, write } from "./svg.ts";

const MIB = 2 ** 20;
const LEFT = 60;
const WIDTH = 420;
const HEIGHT = 220;
const NAMES = 150;
const LINES = [50, 100, 200, 400, 800, 1600];

/** The peaks of one client. */
interface Series {
  readonly name: string;
  readonly points: { readonly size: number; readonly peak: number }[];
}

/**
 * Draws the peak of memory against the size of the object, both in powers of
 * two: a line that does not rise is memory that does not grow.
 *
 * @param tables Comparisons of one direction, each of another size.
 * @param title What they show.
 */
export function drawMemory(
  tables: readonly Table[],
  title: string,
): Drawing {
  const all = listSeries(tables);
  const sizes = [
    ...new Set(all.flatMap(({ points }) => points.map(({ size }) => size))),
  ]
    .sort((a, b) => a - b);
  const peaks = all.flatMap(({ points }) => points.map(({ peak }) => peak));
  const [low, high] = [Math.log2(8), Math.log2(Math.max(...peaks, 64) * 1.2)];
  const from = Math.log2(sizes[0] ?? 1);
  const span = Math.log2(sizes.at(-1) ?? 2) - from || 1;
  const xOf = (size: number) => LEFT + (Math.log2(size) - from) / span * WIDTH;
  const yOf = (peak: number) =>
    HEIGHT - (Math.log2(peak) - low) / (high - low) * HEIGHT;
  const parts = LINES.filter((line) => Math.log2(line) < high).map((line) =>
    `<line class="line" x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${
      round(yOf(line))
    }" y2="${round(yOf(line))}"/>` +
    write(`${line} MiB`, {
      x: LEFT - 6,
      y: yOf(line) + 4,
      kind: "small dim",
      anchor: "end",
    })
  );
  for (const size of sizes) {
    parts.push(write(formatSize(size), {
      x: xOf(size),
      y: HEIGHT + 18,
      kind: "small dim",
      anchor: "middle",
    }));
  }
  const ends: number[] = [];
  const sorted = all.toSorted((a, b) => lastOf(b) - lastOf(a));
  for (const { name, points } of sorted) {
    const path = points.map(({ size, peak }) =>
      `${round(xOf(size))},${round(yOf(peak))}`
    );
    const kind = OURS.includes(name) ? "s mine" : "s";
    const end = points.at(-1)!;
    // Names do not stand on one another.
    const y = Math.max(yOf(end.peak) + 4, (ends.at(-1) ?? -20) + 13);
    ends.push(y);
    parts.push(`<polyline class="${kind}" points="${path.join(" ")}"/>`);
    parts.push(write(`${name}, ${end.peak.toFixed(0)} MiB`, {
      x: xOf(end.size) + 8,
      y,
      kind: "small",
    }));
  }
  return {
    title,
    width: LEFT + WIDTH + NAMES,
    height: Math.max(HEIGHT + 26, (ends.at(-1) ?? 0) + 6),
    body: parts.join("\n"),
  };
}

function lastOf({ points }: Series): number {
  return points.at(-1)?.peak ?? 0;
}

/** The peaks of each client in MiB, by size. */
export function listSeries(tables: readonly Table[]): Series[] {
  const series = new Map<string, Series>();
  const sorted = tables.toSorted((a, b) => (a.size ?? 0) - (b.size ?? 0));
  for (const { rows, size } of sorted) {
    for (const { client, peakRss } of rows) {
      if (size === undefined || !(Number(peakRss) > 0)) continue;
      const name = `${client}`;
      const known = series.get(name) ?? { name, points: [] };
      known.points.push({ size, peak: Number(peakRss) / MIB });
      series.set(name, known);
    }
  }
  return [...series.values()];
}
