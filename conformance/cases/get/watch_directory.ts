import { type FSWatcher, watch } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "@std/path/join";
import { settlesWithin } from "../../checks/ticks.ts";

/** The time that the system may take to tell of what was made. */
const TELL_MS = 2_000;

/** Tells what was made below a directory, also for a moment only. */
export interface DirectoryWatcher extends Disposable {
  /**
   * The paths below the directory that were made, changed or removed since the
   * last call; `undefined` if the system does not tell, and from then on.
   */
  take(): Promise<string[] | undefined>;
}

/**
 * Watches a directory and those in it. What the system tells comes in order,
 * so a directory made for the purpose says that all before it has come.
 *
 * @param directory The directory.
 */
export function watchDirectory(directory: string): DirectoryWatcher {
  let seen: string[] = [];
  let onSeen = (_path: string) => {};
  let watcher: FSWatcher | undefined;
  let count = 0;
  let tells = true;
  try {
    watcher = watch(directory, { recursive: true }, (_event, name) => {
      const path = String(name);
      seen.push(path);
      onSeen(path);
    });
    watcher.on("error", () => {});
  } catch {
    // Some systems watch no directories, or not those in them.
  }

  async function isTold(): Promise<boolean> {
    const mark = `.watched-${++count}`;
    const told = Promise.withResolvers<void>();
    onSeen = (path) => {
      if (path === mark) told.resolve();
    };
    await mkdir(join(directory, mark));
    await rmdir(join(directory, mark));
    return await settlesWithin(TELL_MS, told.promise);
  }

  return {
    async take() {
      tells &&= watcher !== undefined && await isTold();
      if (!tells) return undefined;
      const taken = seen.filter((path) => !path.startsWith(".watched-"));
      seen = [];
      return taken;
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}
