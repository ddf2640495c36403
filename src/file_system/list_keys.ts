import { nodeBuffer, nodePromises } from "../platform/builtins.ts";
import { joinPath } from "../local/path.ts";
import type { Dirent } from "node:fs";
import {
  decodeFile,
  enterDirectory,
  type KeyPlace,
  ROOT_PLACE,
} from "./key_path.ts";

/** Options of {@linkcode listKeys}. */
export interface ListKeysOptions {
  /** The beginning of the keys; any string. */
  readonly keyPrefix: string;
  /** Looked at before each directory is opened. */
  readonly signal: AbortSignal;
}

/**
 * Walks the tree below a root, one directory open at a time, and decodes the
 * path of each regular file. Whatever is not the path of a key is left out:
 * temporary files, symlinks, what others have put there. A root that is
 * missing has no keys.
 *
 * @param root An absolute path.
 * @param options Which keys, and a signal.
 */
export async function* listKeys(
  root: string,
  { keyPrefix, signal }: ListKeysOptions,
): AsyncIterable<string> {
  const wanted = toBytes(keyPrefix);
  const places: KeyPlace[] = [ROOT_PLACE];
  for (let place = places.pop(); place; place = places.pop()) {
    signal.throwIfAborted();
    for await (const entry of readEntries(joinPath(root, place.path))) {
      if (entry.isFile()) {
        const key = decodeFile(place, entry.name);
        if (key?.startsWith(keyPrefix)) yield key;
      } else if (entry.isDirectory()) {
        const inner = enterDirectory(place, entry.name);
        if (inner && mayHold(inner, wanted)) places.push(inner);
      }
    }
  }
}

/** One character a byte, as in a {@linkcode KeyPlace}. A prefix may end in the middle of a surrogate pair. */
function toBytes(keyPrefix: string): string {
  const whole = keyPrefix.replace(/[\ud800-\udbff]$/, "");
  return nodeBuffer.Buffer.from(whole).toString("latin1");
}

/** Reads the entries of a directory; one that is not there, or not any more, has none. */
async function* readEntries(path: string): AsyncIterable<Dirent> {
  try {
    const directory = await nodePromises.opendir(path);
    let entry = await directory.read();
    try {
      for (; entry; entry = await directory.read()) yield entry;
    } finally {
      // In Deno `close()` leaves it open unless it was read to its end.
      while (entry) entry = await directory.read();
      await directory.close();
    }
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
}

function mayHold(place: KeyPlace, wanted: string): boolean {
  return place.bytes.startsWith(wanted) || wanted.startsWith(place.bytes);
}
