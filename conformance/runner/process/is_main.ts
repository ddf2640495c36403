import { realpathSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

/**
 * Tells if a module is the one that the process was started with.
 * `import.meta.main` says so, but Node knows it from 24.2 on only.
 *
 * @param meta The module's `import.meta`.
 */
export function isMain(meta: ImportMeta): boolean {
  // As declared it is always there.
  const { main } = meta as { main?: boolean };
  if (main !== undefined) return main;
  const path = process.argv[1];
  if (path === undefined) return false;
  try {
    return pathToFileURL(realpathSync(path)).href === meta.url;
  } catch {
    // Started with something that is not a file.
    return false;
  }
}
