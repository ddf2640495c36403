/** What stands in one cell. */
export type Cell = string | number | undefined;

/** One column of a {@linkcode Table}. */
export interface Column {
  /** Its name in a row, and in JSON. */
  readonly key: string;
  /** What stands above it. */
  readonly title: string;
  /** How a number of it is shown. */
  readonly format?: (value: number) => string;
}

/** A row: a cell for each column that has something, and raw figures for JSON. */
export interface Row {
  readonly [key: string]: Cell | readonly number[];
}

/** What a part of the benchmark has found. */
export interface Table {
  /** The part. */
  readonly part: string;
  /** The server, if there was one. */
  readonly server?: string;
  /** What was measured. */
  readonly title: string;
  /** Bytes of the object, where one is moved. */
  readonly size?: number;
  /** The columns, the first for names. */
  readonly columns: readonly Column[];
  /** The rows; one with a `note` alone was not measured. */
  readonly rows: readonly Row[];
}

/** How figures are shown, each with its unit. */
export const FORMATS = {
  microseconds: (value: number): string =>
    `${value.toFixed(value < 10 ? 1 : 0)} µs`,
  milliseconds: (value: number): string => `${value.toFixed(0)} ms`,
  seconds: (value: number): string => `${value.toFixed(2)} s`,
  memory: (value: number): string => `${(value / 2 ** 20).toFixed(0)} MiB`,
  ratio: (value: number): string => `${value.toFixed(2)}x`,
  rate: (value: number): string => value.toFixed(0),
};

/** Writes a table for a terminal. */
export function formatText({ title, columns, rows }: Table): string {
  const lines = [
    columns.map((column) => column.title),
    ...rows.map((row) => formatCells(columns, row)),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0))
  );
  const text = lines.map((line, number) => {
    const note = number > 0 ? rows[number - 1]?.note : undefined;
    const cells = line.map((cell, index) =>
      index === 0
        ? cell.padEnd(widths[index] ?? 0)
        : cell.padStart(widths[index] ?? 0)
    );
    const name = cells[0] ?? "";
    return (note === undefined ? cells.join("  ") : `${name}  ${note}`)
      .trimEnd();
  });
  return [title, ...text].join("\n") + "\n";
}

/** Writes a table in Markdown. */
export function formatMarkdown({ title, columns, rows }: Table): string {
  const rules = columns.map((_, index) => index === 0 ? "---" : "---:");
  const lines = [
    columns.map((column) => column.title),
    rules,
    ...rows.map((row) => {
      const cells = formatCells(columns, row);
      if (row.note !== undefined) cells[1] = `${row.note}`;
      return cells.map((cell) => cell.replaceAll("|", "\\|"));
    }),
  ];
  const text = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [`**${title}**`, "", ...text].join("\n") + "\n";
}

function formatCells(columns: readonly Column[], row: Row): string[] {
  return columns.map(({ key, format = String }, index) => {
    if (row.note !== undefined && index > 0) return "";
    const value = row[key];
    if (typeof value !== "number") return `${value ?? ""}`;
    return Number.isFinite(value) ? format(value) : "";
  });
}
