import { join } from "@std/path/join";
import type {
  ObjectStore,
  ReadableObjectStore,
  UploadOptions,
  WritableObjectStore,
} from "../../../src/object_store.ts";

/** An object that is larger than what most stores hold at once. */
export interface LargeObject {
  readonly store: ObjectStore;
  /** A directory for downloads. */
  readonly root: string;
  /** The object's name. */
  readonly name: string;
  /** A file of several parts. */
  readonly source: string;
}

/** Moves a large object both ways, and aborts in the middle of others. What becomes of these is for other cases. */
export async function moveLarge(
  { store, root, name, source }: LargeObject,
): Promise<void> {
  await store.uploadObject(name, source);
  await store.downloadObject(name, join(root, "large"));
  for (const share of [0, 0.5]) {
    for (const to of ["aborted", "made/aborted"]) {
      const options = abortAt(share);
      const download = store.downloadObject(name, join(root, to), options);
      await download.catch(() => {});
    }
    const upload = store.uploadObject(name, source, abortAt(share));
    await upload.catch(() => {});
  }
}

/** Options that abort an operation when so much of it is done. */
function abortAt(share: number): UploadOptions {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    callback(bytes, total) {
      if (bytes >= total * share) controller.abort();
    },
  };
}

/** Stores a stream, and one that errors after its first chunk. */
export async function writeStreams(
  { store, name }: LargeObject,
): Promise<void> {
  const { writeObject } = store as WritableObjectStore;
  const chunks = () => new Array(40).fill(0).map(() => new Uint8Array(9_001));
  const whole = ReadableStream.from(chunks());
  await writeObject.call(store, `${name}-whole`, whole);
  const broken = ReadableStream.from((function* () {
    yield* chunks();
    throw new Error("the source is broken");
  })());
  await writeObject.call(store, `${name}-broken`, broken).catch(() => {});
}

/** Reads the beginning of an object, and cancels. */
export async function readPart({ store, name }: LargeObject): Promise<void> {
  const { readObject } = store as ReadableObjectStore;
  const { stream } = await readObject.call(store, name);
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
}
