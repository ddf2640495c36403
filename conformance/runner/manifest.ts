import { appendFileSync } from "node:fs";

/** Something that a run is about to make. */
export interface ManifestEntry {
  /** The kind of thing. */
  readonly kind: "prefix" | "directory" | "object";
  /** The prefix, the directory's path, or the prefix of the object. */
  readonly at: string;
  /** The object's name. */
  readonly name?: string;
}

/**
 * A list of everything that a run has made, written down before it is made, so that whatever
 * happens there is a list of what may be left: in a file, a JSON record a
 * line, and in memory.
 */
export class Manifest {
  readonly #file: string;
  readonly #objects = new Set<string>();

  /** @param file The path of the file, which is made when there is something to write. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Writes an entry down. */
  add(entry: ManifestEntry): void {
    const { kind, at, name } = entry;
    if (kind === "object") {
      const object = `${at}/${name}`;
      if (this.#objects.has(object)) return;
      this.#objects.add(object);
    }
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Every object, as its prefix, a slash and its name. */
  get objects(): readonly string[] {
    return [...this.#objects];
  }
}
