import { PoweredReferenceStore } from "./powered_store.ts";
import type { Backing, ByteRange, NewObject, StoredObject } from "./backing.ts";
import { concatenate } from "../../../conformance/checks/concatenate.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";

/** The objects of one place, by key. All stores on a place share it. */
export type MemoryPlace = Map<string, Uint8Array>;

const places = new Map<string, MemoryPlace>();

/** The place of a harness directory: the same one each time, so that a store can be reopened. */
export function memoryPlace({ directory }: HarnessContext): MemoryPlace {
  let place = places.get(directory);
  if (!place) places.set(directory, place = new Map());
  return place;
}

/** Forgets every object below a prefix, in all places. */
export function forgetObjects(prefix: string): void {
  for (const [directory, place] of places) {
    for (const key of place.keys()) {
      if (key.startsWith(`${prefix}/`)) place.delete(key);
    }
    if (place.size === 0) places.delete(directory);
  }
}

/** A correct store whose objects are in memory. */
export class MemoryObjectStore extends PoweredReferenceStore {
  /** @param ctx Where its objects are. */
  constructor(ctx: HarnessContext) {
    super(new MemoryBacking(memoryPlace(ctx)), ctx.prefix);
  }
}

/** Objects in memory. */
export class MemoryBacking implements Backing {
  readonly uri = "memory:";
  /** The objects. */
  protected readonly place: MemoryPlace;

  /** @param place The objects. */
  constructor(place: MemoryPlace) {
    this.place = place;
  }

  size(key: string): Promise<number | undefined> {
    return Promise.resolve(this.place.get(key)?.length);
  }

  open(key: string): Promise<StoredObject | undefined> {
    const bytes = this.place.get(key);
    return Promise.resolve(
      bytes && {
        size: bytes.length,
        // Copies, as a store does not give away its own bytes.
        read: (position, length) =>
          Promise.resolve(bytes.slice(position, position + length)),
        close: () => Promise.resolve(),
      },
    );
  }

  openRange(key: string, _range: ByteRange): Promise<StoredObject | undefined> {
    return this.open(key);
  }

  create(key: string, size: number | undefined): Promise<NewObject> {
    if (size === undefined) return this.#createUnsized(key);
    const bytes = new Uint8Array(size);
    let done = 0;
    return Promise.resolve({
      write: (chunk) => {
        bytes.set(chunk, done);
        done += chunk.length;
        return Promise.resolve();
      },
      commit: () => {
        this.place.set(key, bytes);
        return Promise.resolve();
      },
      discard: () => Promise.resolve(),
    });
  }

  remove(key: string): Promise<void> {
    this.place.delete(key);
    return Promise.resolve();
  }

  list(prefix: string): Promise<string[]> {
    const keys = [...this.place.keys()];
    return Promise.resolve(keys.filter((key) => key.startsWith(prefix)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #createUnsized(key: string): Promise<NewObject> {
    const chunks: Uint8Array[] = [];
    return Promise.resolve({
      write: (chunk) => {
        chunks.push(chunk.slice());
        return Promise.resolve();
      },
      commit: () => {
        this.place.set(key, concatenate(chunks));
        return Promise.resolve();
      },
      discard: () => Promise.resolve(),
    });
  }
}
