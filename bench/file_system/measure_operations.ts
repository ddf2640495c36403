import { join } from "node:path";
import { type Footprint, StoreProcess } from "./store_process.ts";

/** What a process held after a number of operations. */
export interface Sample {
  /** How many operations it had done. */
  readonly operations: number;
  /** What it held then. */
  readonly footprint: Footprint | undefined;
}

/** What {@linkcode measureOperations} found. */
export interface OperationsResult {
  /** In order; the first before any operation. */
  readonly samples: readonly Sample[];
  /** Milliseconds for all operations. */
  readonly time: number;
}

/** What {@linkcode measureOperations} is given. */
export interface OperationsOptions {
  /** A directory on a disk, for everything. */
  readonly directory: string;
  /** How many operations. */
  readonly count: number;
}

const STEPS = 10;

/**
 * Looks at memory and open files of a process while it does many small
 * operations: a third each of uploads, sizes and downloads of 4 KiB.
 *
 * @param options Where and how many.
 */
export async function measureOperations(
  { directory, count }: OperationsOptions,
): Promise<OperationsResult> {
  const source = join(directory, "small_source");
  const target = join(directory, "small_target");
  await Deno.writeFile(source, new Uint8Array(4096).fill(7));
  await Deno.mkdir(target);
  await using store = new StoreProcess(join(directory, "small_root"));
  await store.run("upload", "first", source);

  const samples = [{ operations: 0, footprint: store.measure() }];
  let time = 0;
  for (let step = 1; step <= STEPS; step++) {
    const done = samples.at(-1)?.operations ?? 0;
    const operations = Math.round(count * step / STEPS);
    time += await store.run("small", source, target, `${operations - done}`);
    samples.push({ operations, footprint: store.measure() });
  }
  return { samples, time };
}
