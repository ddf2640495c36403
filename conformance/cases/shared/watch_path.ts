import * as fs from "node:fs";
import { setImmediate } from "node:timers";

/** A store may report every byte; to look that often would take minutes. */
const EVERY_BYTES = 4_096;

/** Things that may be at a path while it is watched. */
export interface Watched {
  /** The old file's bytes; `undefined` if there is none. */
  old: Uint8Array | undefined;
  /** The new file's bytes. */
  new: Uint8Array;
  /** True if an empty file may be there before: a reservation. */
  mayReserve: boolean;
}

/** Looks at a path again and again. */
export interface PathWatcher {
  /** A progress callback that looks. */
  readonly callback: (bytes: number, total: number) => void;
  /** The first thing seen that must not be there, in words. */
  readonly wrong: string | undefined;
  /** Looks at once. */
  look(): void;
  /** Looks on each turn of the event loop until a promise has settled. */
  until(promise: Promise<unknown>): Promise<void>;
}

/**
 * Watches a path that is to go in one step from `old` (or absent) to `new`.
 * Each look opens the path once and judges what it has opened, so that one
 * look is one moment.
 */
export function watchPath(path: string, watched: Watched): PathWatcher {
  let wrong: string | undefined;
  let isNew = false;
  let next = 0;

  function look(): void {
    if (wrong !== undefined) return;
    wrong = judge(path, watched, isNew, () => isNew = true);
  }
  return {
    callback(bytes, total) {
      if (bytes < next && bytes < total) return;
      next = bytes + EVERY_BYTES;
      look();
    },
    look,
    get wrong() {
      return wrong;
    },
    async until(promise) {
      let isSettled = false;
      const settled = promise.then(() => {}, () => {}).then(() => {
        isSettled = true;
      });
      while (!isSettled) {
        look();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await settled;
    },
  };
}

function judge(
  path: string,
  { old, new: bytes, mayReserve }: Watched,
  isNew: boolean,
  onNew: () => void,
): string | undefined {
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== "ENOENT") return `it cannot be opened: ${code}`;
    if (isNew) return "it was the new file, and then it was absent";
    return old === undefined ? undefined : "it was absent for a moment";
  }
  try {
    const { size } = fs.fstatSync(file);
    if (isNew && size === bytes.length) return undefined;
    const seen = fs.readFileSync(file);
    if (old !== undefined && !isNew && seen.equals(old)) return undefined;
    if (seen.equals(bytes)) {
      onNew();
      return undefined;
    }
    if (mayReserve && seen.length === 0) return undefined;
    return `a file of ${seen.length} bytes that is neither the old nor the new one`;
  } finally {
    fs.closeSync(file);
  }
}
