import { crc32 } from "node:zlib";

/** Writes a new file of random bytes. */
export async function writeRandomFile(
  path: string,
  size: number,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const block = new Uint8Array(65536);
  for (let done = 0; done < size; done += block.length) {
    crypto.getRandomValues(block);
    await writeAll(file, block.subarray(0, size - done));
  }
}

/** The CRC-32 of a file: enough to see that a copy is one, and the fastest. */
export async function sumFile(path: string): Promise<number> {
  let sum = 0;
  using file = await Deno.open(path);
  const buffer = new Uint8Array(2 ** 20);
  for (let count; (count = await file.read(buffer)) !== null;) {
    sum = crc32(buffer.subarray(0, count), sum);
  }
  return sum;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}
