/** Where a reference store keeps its objects: keys and bytes, nothing of the contract. */
export interface Backing {
  /** What the URIs begin with; the escaped key follows. */
  readonly uri: string;
  /** The size of an object in bytes, or `undefined` if there is none. */
  size(key: string, signal?: AbortSignal): Promise<number | undefined>;
  /** Opens an object as it is at this moment, or gives `undefined` if there is none. */
  open(key: string, signal?: AbortSignal): Promise<StoredObject | undefined>;
  /** As {@linkcode Backing.open}, to read what is in a range and nothing else; its end may lie beyond the object's. */
  openRange(
    key: string,
    range: ByteRange,
    signal?: AbortSignal,
  ): Promise<StoredObject | undefined>;
  /** Begins an object that nobody sees yet, of this size if it is known. */
  create(
    key: string,
    size: number | undefined,
    signal?: AbortSignal,
  ): Promise<NewObject>;
  /** Removes an object; a missing one is fine. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** The keys that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
  /** Releases what it holds. */
  close(): Promise<void>;
}

/** Bytes of an object, from `start` to before `end`. */
export interface ByteRange {
  /** The first byte, from 0. */
  readonly start: number;
  /** The byte after the last; `Infinity` for all. */
  readonly end: number;
}

/** An object as it was when it was opened. */
export interface StoredObject {
  /** Its size in bytes. */
  readonly size: number;
  /** At most `length` bytes from a position; fewer only at its end. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Releases it. */
  close(): Promise<void>;
}

/** An object that nobody sees yet. */
export interface NewObject {
  /** Keeps bytes, which follow those of the last call. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it visible in one step, under the key it was begun for. */
  commit(): Promise<void>;
  /** Forgets it; does nothing after `commit`. */
  discard(): Promise<void>;
}
