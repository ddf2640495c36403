/** Where a reference store keeps its objects: keys and bytes, nothing of the contract. */
export interface Backing {
  /** What the URIs begin with; the escaped key follows. */
  readonly uri: string;
  /** The size of an object in bytes, or `undefined` if there is none. */
  size(key: string, signal?: AbortSignal): Promise<number | undefined>;
  /** Opens an object as it is at this moment, or gives `undefined` if there is none. */
  open(key: string, signal?: AbortSignal): Promise<StoredObject | undefined>;
  /** Begins an object of this size that nobody sees yet. */
  create(key: string, size: number, signal?: AbortSignal): Promise<NewObject>;
  /** The keys that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
  /** Releases what it holds. */
  close(): Promise<void>;
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
