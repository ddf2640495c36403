import type { Report } from "../report/report.ts";
import type { Table } from "../report/table.ts";
import { drawBars } from "./bars.ts";
import { drawHeatMap } from "./heat_map.ts";
import { drawMemory } from "./memory.ts";
import { frame, type Picture } from "./svg.ts";

/** A picture, and the part that it belongs to. */
export interface PartPicture extends Picture {
  /** The part. */
  readonly part: string;
}

const BARS = ["large", "https", "small", "listing", "listing_files"];
const GRIDS = ["distance", "distance_https"];

/**
 * Draws what a report holds: bars for what was moved on this machine, heat maps
 * of the grid, and memory against the size.
 *
 * @param report The report, whose command, date and machine stand in each picture.
 */
export function drawReport(report: Report): PartPicture[] {
  const { tables } = report;
  const draw = (
    { part, title }: Table,
    drawing: Parameters<typeof frame>[0],
  ): PartPicture => ({
    part,
    name: nameFile(title),
    alt: title,
    svg: frame(drawing, report),
  });
  const bars = tables.filter(({ part }) => BARS.includes(part))
    .map((table) => draw(table, drawBars(table)));
  const grids = tables.filter(({ part, rows }) =>
    GRIDS.includes(part) && rows.some((row) => row.roundTrip !== undefined)
  ).map((table) => draw(table, drawHeatMap(table)));
  const memory = ["Upload", "Download"].flatMap((direction) => {
    const found = tables.filter(({ part, title }) =>
      part === "memory" && title.startsWith(direction)
    );
    if (found.length === 0) return [];
    const title = `Peak of memory: ${direction.toLowerCase()}`;
    return [
      draw({ ...found[0]!, title }, drawMemory(found, title)),
    ];
  });
  return [...bars, ...grids, ...memory];
}

function nameFile(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "");
}
