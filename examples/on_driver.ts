/**
 * A store on `StoreDriver`: objects in memory, one `Map` a place.
 *
 * @module
 */
import {
  ListableDriverObjectStore,
  type StoreDriver,
  StoreFailure,
} from "@storekit/object-store/driver";

/** Keeps objects in a map that several stores may share. */
export class MapObjectStore extends ListableDriverObjectStore {
  /** Opens a store on a map. */
  constructor(objects: Map<string, Uint8Array>, prefix: string) {
    super(mapDriver(objects), { prefix });
  }
}

function mapDriver(
  objects: Map<string, Uint8Array>,
): StoreDriver & Required<Pick<StoreDriver, "list">> {
  function find(key: string): Uint8Array {
    const bytes = objects.get(key);
    if (!bytes) throw new StoreFailure("OBJECT_NOT_FOUND", "object not found");
    return bytes;
  }
  async function* inPieces(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 2 ** 18) {
      yield await Promise.resolve(bytes.subarray(at, at + 2 ** 18));
    }
  }
  return {
    getUri: (key) => `map:/${key.split("/").map(encodeURIComponent).join("/")}`,
    // deno-lint-ignore require-await
    getSize: async (key) => find(key).length,
    // deno-lint-ignore require-await
    async open(key) {
      const bytes = find(key);
      const size = bytes.length;
      return { size, bodySize: size, body: inPieces(bytes) };
    },
    async put(key, body, { signal }) {
      const bytes = new Uint8Array(body.size);
      let at = 0;
      for await (const chunk of body.chunks(2 ** 18)) {
        signal.throwIfAborted();
        bytes.set(chunk, at);
        at += chunk.length;
      }
      objects.set(key, bytes);
    },
    async *list(keyPrefix) {
      for (const key of [...objects.keys()]) {
        if (key.startsWith(keyPrefix)) yield await Promise.resolve(key);
      }
    },
    close: () => Promise.resolve(),
  };
}
