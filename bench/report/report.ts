import { formatMarkdown, formatText, type Table } from "./table.ts";

/** What was measured, where and with what. */
export interface Report {
  /** The command that repeats it. */
  readonly command: string;
  /** When it began, in ISO 8601. */
  readonly date: string;
  /** The machine. */
  readonly machine: string;
  /** The version of each server and client. */
  readonly versions: Readonly<Record<string, string>>;
  /** What was found. */
  readonly tables: readonly Table[];
}

/** Writes a report as Markdown. */
export function formatReport(report: Report): string {
  const versions = Object.entries(report.versions)
    .map(([name, version]) => `${name} ${version}`).join(", ");
  return [
    `${report.date.slice(0, 10)}, ${report.machine}.`,
    "",
    `\`${report.command}\``,
    "",
    `${versions}.`,
    "",
    ...report.tables.map((table) => formatMarkdown(table)),
  ].join("\n");
}

/** Prints a table to the terminal. */
export function printTable(table: Table): void {
  console.log(formatText(table));
}

/** This machine, as far as it tells. */
export function describeMachine(): string {
  const cores = navigator.hardwareConcurrency;
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}, ${cores} cores, ${memory} GiB`;
}
