import {
  measureOperations,
  type OperationsResult,
} from "../file_system/measure_operations.ts";
import {
  measureTransfers,
  type TransferResult,
} from "../file_system/measure_transfers.ts";
import { median } from "../report/statistics.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import type { Part } from "./part.ts";

/** The file-system store. */
export const files: Part = {
  name: "files",
  summary:
    "the file-system store against cp, and its memory and open files over --operations small operations",
  servers: "none",
  async run({ directory, operations, progress, rounds, size }) {
    progress.show("files: transfers");
    const transfers = await measureTransfers({ directory, size, rounds });
    progress.show("files: operations");
    const result = await measureOperations({ directory, count: operations });
    return [
      createTransfersTable(size, transfers),
      createOperationsTable(operations, result),
    ];
  },
};

function createTransfersTable(
  size: number,
  results: readonly TransferResult[],
): Table {
  const base = median(results[0]?.times ?? []);
  return {
    part: "files",
    title: `File-system store, ${formatSize(size)}`,
    columns: [
      { key: "client", title: "" },
      { key: "median", title: "median", format: FORMATS.milliseconds },
      { key: "rate", title: "MiB/s", format: FORMATS.rate },
      { key: "ratio", title: "to cp", format: FORMATS.ratio },
      { key: "peakRss", title: "peak RSS", format: FORMATS.memory },
    ],
    rows: results.map(({ name, times, peakRss }): Row => {
      const time = median(times);
      return {
        client: name,
        median: time,
        rate: size / 2 ** 20 / time * 1000,
        ratio: base / time,
        ...peakRss === undefined ? {} : { peakRss },
        times,
      };
    }),
  };
}

function createOperationsTable(
  operations: number,
  { samples, time }: OperationsResult,
): Table {
  const rate = FORMATS.rate(operations / time * 1000);
  return {
    part: "files",
    title:
      `File-system store, ${operations} operations on objects of 4 KiB, 16 at once: ${rate} a second`,
    columns: [
      { key: "client", title: "operations" },
      { key: "rss", title: "RSS", format: FORMATS.memory },
      { key: "files", title: "open files" },
    ],
    rows: samples.map(({ operations, footprint }): Row => ({
      client: `${operations}`,
      ...footprint && { rss: footprint.rss, files: footprint.files },
    })),
  };
}
