/**
 * A store written from nothing on `ObjectStore`, with the local half from the
 * entry `./local`: objects in memory, one `Map` a place.
 *
 * @module
 */
import * as api from "@storekit/object-store";
import * as local from "@storekit/object-store/local";

type Objects = Map<string, Uint8Array<ArrayBuffer>>;
type Path = string | URL;
type Move = (piece: Uint8Array, at: number) => Promise<void>;

interface Operation {
  readonly key: string;
  readonly about: { readonly objectName: string; readonly uri: string };
  /** How its errors' messages begin. */
  readonly cannot: string;
  /** Moves all bytes, with progress. */
  move(bytes: Uint8Array, move: Move): Promise<void>;
  /** Makes the callback's last call. */
  finish(): Promise<void>;
}

/** Keeps objects in a map that several stores may share, under any valid name. */
export class LocalMapObjectStore implements api.ObjectStore {
  readonly #objects: Objects;
  readonly #prefix: string;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** Opens a store on a map; the prefix is whole segments. */
  constructor(objects: Objects, prefix: string) {
    this.#objects = objects;
    this.#prefix = prefix;
  }

  getUri(name: string): string {
    // Encoded, so that no two names share one.
    const segments = this.#toKey(name).split("/").map(encodeURIComponent);
    return `local-map:/${segments.join("/")}`;
  }

  async getObjectSize(name: string, options?: api.OperationOptions) {
    // deno-lint-ignore require-await
    const work = async (operation: Operation) => this.#find(operation).length;
    return await this.#run("get the size of", name, options, work);
  }

  async uploadObject(name: string, from: Path, options?: api.UploadOptions) {
    const path = local.toPath(from);
    await this.#run("upload", name, options, async (operation) => {
      const source = await local.openSource(path);
      try {
        const bytes = new Uint8Array(source.size);
        await operation.move(bytes, (piece, at) => source.read(piece, at));
        this.#objects.set(operation.key, bytes);
        await operation.finish();
      } finally {
        await source.close();
      }
    });
  }

  async downloadObject(name: string, to: Path, options?: api.DownloadOptions) {
    const path = local.toPath(to);
    const overwrite = options?.overwrite === true;
    await this.#run("download", name, options, async (operation) => {
      const destination = { ...operation.about, overwrite };
      const resolved = await local.resolveDestination(path, destination);
      const bytes = this.#find(operation);
      const file = await local.saveDestination(resolved);
      try {
        await operation.move(bytes, (piece, at) => file.write(piece, at));
        await operation.finish();
        await file.publish();
      } finally {
        await file.discard();
      }
    });
  }

  async close() {
    this.#isClosed = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  [Symbol.asyncDispose] = () => this.close();

  #toKey(objectName: string): string {
    if (typeof objectName !== "string") throw new TypeError("Not a string");
    const key = `${this.#prefix}/${objectName}`;
    const size = new TextEncoder().encode(key).length;
    const isValid = objectName !== "" && objectName.isWellFormed();
    if (isValid && !key.includes("\0") && size <= 1024) return key;
    const message = `Cannot use the object name ${JSON.stringify(objectName)}`;
    throw new api.InvalidObjectNameError(message, { objectName });
  }

  #find({ key, cannot, about }: Operation): Uint8Array {
    const bytes = this.#objects.get(key);
    if (bytes) return bytes;
    throw new api.ObjectNotFoundError(`${cannot}: object not found`, about);
  }

  /** What all have in common: the checks in their order, progress, the end. */
  async #run<T>(
    action: string,
    objectName: string,
    options: api.UploadOptions = {},
    work: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const key = this.#toKey(objectName);
    const about = { objectName, uri: this.getUri(objectName) };
    const cannot = `Cannot ${action} "${about.uri}"`;
    const closed = new api.ObjectStoreClosedError(`${cannot}: closed`, about);
    if (this.#isClosed) throw closed;
    options.signal?.throwIfAborted();
    // Ends the operation: the caller's abort, or a callback that throws.
    const { promise, reject: stop } = Promise.withResolvers<never>();
    const progress = new local.Progress(options.callback, { onError: stop });
    const move = async (bytes: Uint8Array, move: Move) => {
      progress.begin(bytes.length);
      for (let at = 0; at < bytes.length; at += 2 ** 18) {
        const piece = bytes.subarray(at, at + 2 ** 18);
        await Promise.race([promise, move(piece, at)]);
        progress.report(at + piece.length);
      }
      await Promise.race([promise, Promise.resolve()]);
    };
    const finish = () => Promise.race([promise, progress.finish()]);
    const onAbort = () => stop(options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort);
    promise.catch(() => {});
    const running = work({ key, about, cannot, move, finish });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      progress.stop();
      this.#running.delete(running);
      options.signal?.removeEventListener("abort", onAbort);
    }
  }
}
