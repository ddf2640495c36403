/**
 * The URL of a module of the kit, to start a process with. Modules have another
 * ending than in the sources where an npm registry has stripped their types.
 *
 * @param path The module in the sources, relative to the one that asks.
 * @param meta The `import.meta` of the one that asks.
 */
export function findOwnModule(path: string, meta: ImportMeta): URL {
  const [ending = ".ts"] = new URL(meta.url).pathname.match(/\.\w+$/) ?? [];
  return new URL(path.replace(/\.ts$/, ending), meta.url);
}
