import { join } from "node:path";
import { writeRandomFile } from "../process/files.ts";
import { comeToRest, removeAny } from "../service.ts";
import { StoreProcess } from "./store_process.ts";

/** One way to move the bytes, over all rounds. */
export interface TransferResult {
  /** What was done. */
  readonly name: string;
  /** Milliseconds of each round. */
  readonly times: readonly number[];
  /** The most memory that its process held, in bytes. */
  readonly peakRss: number | undefined;
}

/** What {@linkcode measureTransfers} is given. */
export interface TransferOptions {
  /** A directory on a disk, for everything. */
  readonly directory: string;
  /** Bytes of the object. */
  readonly size: number;
  /** How often each is done; one more round before the first does not count. */
  readonly rounds: number;
}

/**
 * Measures `cp`, an upload and a download of one file in turns, so that what
 * else the machine does hits all three. Every copy is a new file, and the disk
 * has caught up before each.
 *
 * @param options Where, how much and how often.
 */
export async function measureTransfers(
  { directory, size, rounds }: TransferOptions,
): Promise<TransferResult[]> {
  const source = join(directory, "source");
  const root = join(directory, "root");
  const copy = join(directory, "copy");
  await writeRandomFile(source, size);
  await using uploader = new StoreProcess(root);
  await using downloader = new StoreProcess(root);
  await uploader.run("upload", "kept", source);

  const ways: [string, () => Promise<number>][] = [
    ["cp", () => copyFile(source, copy)],
    ["upload", () => uploader.run("upload", "object", source)],
    ["download", () => downloader.run("download", "kept", copy)],
  ];
  const times = new Map(ways.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of ways) {
      for (const path of [copy, join(root, "object")]) await removeAny(path);
      await comeToRest();
      const time = await run();
      if (round > 0) times.get(name)?.push(time);
    }
  }

  const peaks: Record<string, number | undefined> = {
    upload: uploader.measure()?.peakRss,
    download: downloader.measure()?.peakRss,
  };
  return ways.map(([name]) => ({
    name,
    times: times.get(name) ?? [],
    peakRss: peaks[name],
  }));
}

async function copyFile(source: string, copy: string): Promise<number> {
  const command = new Deno.Command("cp", { args: [source, copy] });
  const begin = performance.now();
  const { success } = await command.output();
  if (!success) throw new Error(`Cannot copy "${source}" with cp`);
  return performance.now() - begin;
}
