/**
 * Measures the file-system store against `cp`, and its memory and open files
 * over many small operations: `deno task bench [--size 1GiB] [--rounds 7]
 * [--operations 10000] [--directory <path>]`.
 *
 * @module
 */

import {
  measureOperations,
  type OperationsResult,
} from "./measure_operations.ts";
import { measureTransfers, type TransferResult } from "./measure_transfers.ts";

const UNITS: Record<string, number> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
const MIB = 2 ** 20;

const DEFAULTS = {
  size: "256MiB",
  rounds: "7",
  operations: "10000",
  directory: "",
};

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const options = { ...DEFAULTS };
  for (let index = 0; index < args.length; index += 2) {
    const name = args[index]?.replace(/^--/, "") ?? "";
    const value = args[index + 1];
    if (!Object.hasOwn(DEFAULTS, name) || value === undefined) {
      return refuse(args[index] ?? "");
    }
    options[name as keyof typeof DEFAULTS] = value;
  }
  const size = parseSize(options.size);
  const rounds = parseCount(options.rounds);
  const operations = parseCount(options.operations);
  if (!size || !rounds || !operations) return refuse(JSON.stringify(options));

  const directory = await Deno.makeTempDir({
    prefix: "storekit_bench_",
    ...(options.directory && { dir: options.directory }),
  });
  try {
    console.log(`${options.size}, ${rounds} rounds, in ${directory}`);
    printTransfers(size, await measureTransfers({ directory, size, rounds }));
    console.log(`\n${operations} operations on objects of 4 KiB, 16 at once`);
    printOperations(await measureOperations({ directory, count: operations }));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return 0;
}

function parseSize(text: string): number | undefined {
  const [, count, unit = ""] = text.match(/^(\d+)(B|[KMG]iB)$/) ?? [];
  return count ? Number(count) * (UNITS[unit] ?? 0) : undefined;
}

function parseCount(text: string): number | undefined {
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function refuse(argument: string): number {
  console.error(
    `Cannot run the benchmark with ${argument}: give --size <n>(B|KiB|MiB|GiB), --rounds <n>, --operations <n> or --directory <path>`,
  );
  return 2;
}

function printTransfers(size: number, results: TransferResult[]): void {
  const base = median(results[0]?.times ?? []);
  console.log(
    "            median     min     max   MiB/s   of cp's time   peak RSS",
  );
  for (const { name, times, peakRss } of results) {
    const time = median(times);
    console.log([
      name.padEnd(10),
      ...[time, Math.min(...times), Math.max(...times)]
        .map((value) => value.toFixed(0).padStart(5) + " ms"),
      (size / MIB / time * 1000).toFixed(0).padStart(7),
      (time / base).toFixed(2).padStart(13) + "x",
      name === "cp" ? "" : showMemory(peakRss).padStart(11),
    ].join(""));
  }
}

function printOperations({ samples, time }: OperationsResult): void {
  for (const { operations, footprint } of samples) {
    const files = footprint ? `${footprint.files}` : "not measured";
    console.log([
      `${operations}`.padStart(9),
      `  RSS ${showMemory(footprint?.rss).padStart(8)}`,
      `  open files ${files}`,
    ].join(""));
  }
  const count = samples.at(-1)?.operations ?? 0;
  console.log(`${(count / time * 1000).toFixed(0)} operations a second`);
}

function showMemory(bytes: number | undefined): string {
  return bytes === undefined
    ? "not measured"
    : `${(bytes / MIB).toFixed(0)} MiB`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[middle] ?? NaN
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
