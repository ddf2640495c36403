import { appendFileSync } from "node:fs";

/** Something that a run is about to make. */
export interface ManifestEntry {
  /** The kind of thing. */
  readonly kind: "prefix" | "directory" | "object";
  /** The prefix, the directory's path, or the prefix of the object. */
  readonly at: string;
  /** The object's name. */
  readonly name?: string;
  /** The size of the file that is uploaded, where there is one. */
  readonly bytes?: number;
}

/** Objects of one prefix that may be left in the store. */
export interface LeftoverPlace {
  /** The prefix. */
  readonly prefix: string;
  /** The number of objects. */
  readonly objects: number;
  /** Bytes that they have together, as far as that is known. */
  readonly bytes: number;
}

/**
 * A list of everything that a run has made, written down before it is made, so that whatever
 * happens there is a list of what may be left: in a file, a JSON record a
 * line, and in memory.
 */
export class Manifest {
  readonly #file: string;
  /** By prefix and by name: the size, as far as it is known. */
  readonly #objects = new Map<string, Map<string, number>>();

  /** @param file The path of the file, which is made when there is something to write. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Writes an entry down. */
  add(entry: ManifestEntry): void {
    const { kind, at, name = "", bytes = 0 } = entry;
    if (kind === "object") {
      const objects = this.#objects.get(at) ?? new Map<string, number>();
      this.#objects.set(at, objects);
      const isKnown = objects.has(name);
      objects.set(name, bytes);
      if (isKnown) return;
    }
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** Every object, as its prefix, a slash and its name. */
  get objects(): readonly string[] {
    return [...this.#objects].flatMap(([prefix, objects]) =>
      [...objects.keys()].map((name) => `${prefix}/${name}`)
    );
  }

  /** The names of the objects of a prefix. */
  namesAt(prefix: string): string[] {
    return [...this.#objects.get(prefix)?.keys() ?? []];
  }

  /** Takes an object off, as it is gone. */
  remove(prefix: string, name: string): void {
    const objects = this.#objects.get(prefix);
    objects?.delete(name);
    if (objects?.size === 0) this.#objects.delete(prefix);
  }

  /** The objects counted by prefix; the one with most bytes is first. */
  get places(): readonly LeftoverPlace[] {
    return [...this.#objects].map(([prefix, objects]) => ({
      prefix,
      objects: objects.size,
      bytes: [...objects.values()].reduce((sum, bytes) => sum + bytes, 0),
    })).sort((a, b) => b.bytes - a.bytes);
  }
}
