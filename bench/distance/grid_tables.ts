import { type Column, FORMATS, type Row, type Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import { boundOf, type Cell, formatRate, repeatsOf } from "./cells.ts";
import type { CellTimes } from "./measure_cell.ts";

const MIB = 2 ** 20;
/** Ours. */
const OURS = "S3ObjectStore";
/** As near to the first as is as good. */
const NEAR = 0.95;
/** Milliseconds from which on a cell has to come near to what the rates allow, and how near. */
const LONG = 1_000;
const LEAST_SHARE = 0.8;

/** A cell that was measured. */
export interface Measured {
  /** The cell; of an infinite rate, what only shows how fast this machine is. */
  readonly cell: Cell;
  /** What came out. */
  readonly times: CellTimes;
}

/** Where the grid was measured. */
export interface GridPlace {
  /** The server. */
  readonly server: string;
  /** The part. */
  readonly part: string;
  /** Those that are told an object's size before, and so begin all ranges at once. @default {[]} */
  readonly told?: readonly string[];
}

const COLUMNS: readonly Column[] = [
  { key: "size", title: "size" },
  { key: "roundTrip", title: "round trip", format: (value) => `${value} ms` },
  { key: "rate", title: "a connection has", format: formatRate },
  { key: "median", title: OURS, format: formatTime },
  { key: "client", title: "the fastest other" },
  { key: "other", title: "its time", format: formatTime },
  { key: "ratio", title: "to it", format: FORMATS.ratio },
  { key: "share", title: "of what is allowed", format: FORMATS.ratio },
];

/**
 * Makes the tables of a grid: how it stands in all, what the machine does by
 * itself, and every cell.
 *
 * @param measured The cells.
 * @param place Where.
 */
export function makeTables(
  measured: readonly Measured[],
  { part, server, told = [] }: GridPlace,
): Table[] {
  const free = measured.filter(({ cell }) => cell.rate === Infinity);
  const directions = ["download", "upload"] as const;
  const isSecure = server.includes("https");
  const tables = directions.map((direction): Table => {
    const without = free.find(({ cell }) => cell.direction === direction);
    const time = without?.times.get(OURS);
    const rate = without && typeof time === "number"
      ? without.cell.size / time * 1000
      : Infinity;
    const cells = measured.filter(({ cell }) =>
      cell.direction === direction && cell.rate < Infinity
    );
    return {
      ...{ part, server, columns: COLUMNS },
      title: `Distance: ${direction}s, ${server}`,
      rows: cells.map((one) => makeRow(one, { free: rate, isSecure, told })),
    };
  });
  return [
    summarize(tables, { part, server }),
    {
      ...{ part, server },
      title: `The proxy only forwards: what this machine can do, ${server}`,
      columns: [
        { key: "client", title: "client" },
        { key: "size", title: "size" },
        { key: "direction", title: "direction" },
        { key: "rate", title: "MiB/s", format: FORMATS.rate },
      ],
      rows: free.flatMap(({ cell, times }) =>
        [...times].flatMap(([client, time]): Row[] => [{
          client,
          size: formatSize(cell.size),
          direction: cell.direction,
          rate: time === Infinity
            ? "over 1.3 times ours"
            : typeof time === "number"
            ? cell.size / MIB / time * 1000
            : time,
        }])
      ),
    },
    ...tables,
  ];
}

function makeRow(
  { cell, times }: Measured,
  { free, isSecure, told }: {
    free: number;
    isSecure: boolean;
    told: readonly string[];
  },
): Row {
  // TLS 1.3 takes a round trip, as the connection itself does.
  const setUp = repeatsOf(cell, 1) === 1 ? isSecure ? 2 : 1 : 0;
  const bound = boundOf(cell, { free, setUp });
  const time = times.get(OURS);
  const numbers = [...times].filter((entry): entry is [string, number] =>
    typeof entry[1] === "number" && entry[0] !== OURS
  );
  numbers.sort((a, b) => a[1] - b[1]);
  const [client, other] = numbers[0] ?? [];
  const equal = numbers.find(([name]) => !told.includes(name));
  const row: Row = {
    size: formatSize(cell.size),
    roundTrip: cell.roundTrip,
    rate: cell.rate,
    ...client === undefined || other === Infinity
      ? { client: "none within 1.3 times", other: "" }
      : { client, other },
    ...Object.fromEntries(times),
  };
  if (typeof time !== "number") return { ...row, median: time };
  return {
    ...row,
    median: time,
    ratio: Math.min(other ?? Infinity, LOST * time) / time,
    ratioToEqual: Math.min(equal?.[1] ?? Infinity, LOST * time) / time,
    share: bound / time,
  };
}

/** What is not waited for counts as this many times ours: no better, and certainly no less. */
const LOST = 1.3;

function summarize(
  tables: readonly Table[],
  { part, server }: GridPlace,
): Table {
  const rows = tables.map(({ rows }, index): Row => {
    const known = rows.filter(({ ratio }) => typeof ratio === "number");
    const long = known.filter(({ median }) => Number(median) > LONG);
    const shares = long.map(({ share }) => Number(share));
    return {
      client: index === 0 ? "downloads" : "uploads",
      cells: rows.length,
      first: known.filter(({ ratio }) => Number(ratio) >= 1).length,
      near: known.filter(({ ratio }) => Number(ratio) >= NEAR).length,
      nearToEqual: known.filter(({ ratioToEqual }) =>
        Number(ratioToEqual) >= NEAR
      ).length,
      long: long.length,
      enough: shares.filter((share) => share >= LEAST_SHARE).length,
      worst: shares.length > 0 ? Math.min(...shares) : "",
    };
  });
  return {
    ...{ part, server, rows },
    title: `Distance in all, ${OURS}, ${server}`,
    columns: [
      { key: "client", title: "" },
      { key: "cells", title: "cells" },
      { key: "first", title: "first" },
      { key: "near", title: "first or within 5 %" },
      { key: "nearToEqual", title: "beside those that find out the size" },
      { key: "long", title: "over a second" },
      { key: "enough", title: "of them ≥ 0.8 of what is allowed" },
      { key: "worst", title: "the least", format: FORMATS.ratio },
    ],
  };
}

function formatTime(value: number): string {
  return value < 100 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`;
}
