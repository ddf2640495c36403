import type { ObjectData } from "../../../src/object_store.ts";

/** What is to be written, chunk by chunk. */
export interface DataReader {
  /** The size in bytes, where the data has one. */
  readonly size: number | undefined;
  /** The next bytes; `undefined` at the end. Rejects with what the data failed with. */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the data, of which no more is read. */
  cancel(reason: unknown): Promise<void>;
}

/** Begins to read data; a stream is locked from now on. */
export function readData(data: ObjectData): DataReader {
  if (typeof data === "string") return ofBytes(new TextEncoder().encode(data));
  if (data instanceof Uint8Array) return ofBytes(data);
  if (data instanceof Blob) return ofStream(data.stream(), data.size);
  if (data instanceof ReadableStream) return ofStream(data, undefined);
  throw new TypeError(
    `Cannot use 'data' as it is no bytes, string, Blob or stream: current value is ${data}`,
  );
}

function ofBytes(bytes: Uint8Array): DataReader {
  let isRead = bytes.length === 0;
  return {
    size: bytes.length,
    read() {
      if (isRead) return Promise.resolve(undefined);
      isRead = true;
      return Promise.resolve(bytes);
    },
    cancel: () => Promise.resolve(),
  };
}

/** Locked streams throw a `TypeError` here. */
function ofStream(
  stream: ReadableStream<Uint8Array>,
  size: number | undefined,
): DataReader {
  const reader = stream.getReader();
  return {
    size,
    async read() {
      const { done, value } = await reader.read();
      if (done) return undefined;
      if (value instanceof Uint8Array) return value;
      throw new TypeError("Cannot write a chunk that is not a Uint8Array");
    },
    async cancel(reason) {
      await reader.cancel(reason).catch(() => {});
      reader.releaseLock();
    },
  };
}
