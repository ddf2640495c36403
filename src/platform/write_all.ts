import { nodeFs } from "./builtins.ts";
import type { FileHandle } from "node:fs/promises";

/** The largest size in bytes of which writing at once costs less than through threads (`bench --only=cold`). */
const SYNC_SIZE = 2 ** 18;

/**
 * Writes bytes to a file, all of them; may be called side by side.
 *
 * @param file The file.
 * @param bytes What to write; free for use again when the promise settles.
 * @param position Where, in bytes from the start.
 */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const left = bytes.length - done;
    done += left <= SYNC_SIZE
      ? nodeFs.writeSync(file.fd, bytes, done, left, position + done)
      : (await file.write(bytes, done, left, position + done)).bytesWritten;
  }
}
