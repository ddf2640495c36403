import {
  type OpenObject,
  type PartUpload,
  StoreFailure,
  type UploadPart,
} from "../../../src/driver.ts";
import {
  BucketNotFoundError,
  ObjectStoreError,
  type ObjectStoreErrorOptions,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../../src/errors.ts";
import type { Backing, ByteRange, NewObject, StoredObject } from "./backing.ts";
import type { Call } from "./call.ts";
import type { HttpDriver } from "./http_driver.ts";
import { RangesInTurn } from "./http_reading.ts";
import { PoweredReferenceStore } from "./powered_store.ts";

/** The reference store over HTTP whose local steps can be overridden: one request after the other. */
export class HttpObjectStore extends PoweredReferenceStore {
  /** @param driver How the server is reached. @param prefix Whole segments; empty for none. */
  constructor(driver: HttpDriver, prefix = "") {
    super(new HttpBacking(driver), prefix);
  }

  /** As for other operations, but without an object. */
  protected override async listNames(prefix: string): Promise<string[]> {
    try {
      return await super.listNames(prefix);
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      const { code, reason, cause } = error;
      const Class = CLASSES[code] ?? ObjectStoreError;
      throw new Class(`Cannot list objects: ${reason}`, { cause });
    }
  }

  /** What the caller gets for an answer of the server. */
  protected override translate(call: Call, error: unknown): unknown {
    if (!(error instanceof StoreFailure)) return error;
    const { code, reason, cause } = error;
    if (code === "OBJECT_NOT_FOUND") return this.notFound(call);
    if (code === "TRANSIENT") {
      return Object.assign(this.transient(call, reason), { cause });
    }
    const Class = CLASSES[code] ?? ObjectStoreError;
    const { action, objectName, uri } = call;
    const message = `Cannot ${action} "${uri}": ${reason}`;
    return new Class(message, { objectName, uri, cause });
  }
}

const CLASSES: Readonly<
  Record<
    string,
    new (message: string, options: ObjectStoreErrorOptions) => Error
  >
> = {
  PERMISSION_DENIED: ObjectStorePermissionError,
  BUCKET_NOT_FOUND: BucketNotFoundError,
  TRANSIENT: ObjectStoreTransientError,
};

/** Objects of the reference server. */
class HttpBacking implements Backing {
  readonly uri: string;
  readonly #driver: HttpDriver;

  constructor(driver: HttpDriver) {
    this.#driver = driver;
    this.uri = driver.getUri("");
  }

  async size(
    key: string,
    signal = never(),
  ): Promise<number | undefined> {
    return await this.#driver.getSize(key, { signal }).catch(ifMissing);
  }

  async open(
    key: string,
    signal = never(),
  ): Promise<StoredObject | undefined> {
    const { rangeSize: firstBytes = 0 } = this.#driver.settings;
    const opening = this.#driver.open(key, { firstBytes, signal });
    const object = await opening.catch(ifMissing);
    return object && new OpenedObject(object, firstBytes, signal);
  }

  async openRange(
    key: string,
    range: ByteRange,
    signal = never(),
  ): Promise<StoredObject | undefined> {
    const opening = RangesInTurn.open(this.#driver, key, range, signal);
    return await opening.catch(ifMissing);
  }

  async create(
    key: string,
    size: number | undefined,
    signal = never(),
  ): Promise<NewObject> {
    const { largestObject = 0, partSize = 0 } = this.#driver.settings;
    if (size === undefined) return this.#createUnsized(key, signal);
    if (size > largestObject) {
      throw new StoreFailure("OTHER", `${size} bytes are too many`);
    }
    if (size <= partSize) {
      const body = new Collected(0, size);
      return {
        write: (bytes) => Promise.resolve(body.add(bytes)).then(() => {}),
        commit: () => this.#driver.put(key, body, { signal }),
        discard: () => Promise.resolve(),
      };
    }
    const upload = await this.#driver.startUpload(key);
    return new PartsInTurn(upload, partSize, signal);
  }

  async remove(key: string, signal = never()): Promise<void> {
    await this.#driver.delete(key, { signal });
  }

  list(prefix: string): Promise<string[]> {
    return Array.fromAsync(this.#driver.list(prefix, { signal: never() }));
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  /** One request if it stays small, otherwise parts from the moment that it does not. */
  #createUnsized(key: string, signal: AbortSignal): NewObject {
    const { largestObject = 0, partSize = 0 } = this.#driver.settings;
    const first = new Collected(0, partSize);
    let size = 0;
    let parts: NewObject | undefined;
    return {
      write: async (bytes) => {
        size += bytes.length;
        if (size > largestObject) {
          throw new StoreFailure("OTHER", `${size} bytes are too many`);
        }
        if (parts) return await parts.write(bytes);
        const left = first.add(bytes);
        if (left.length === 0) return;
        const upload = await this.#driver.startUpload(key);
        parts = new PartsInTurn(upload, partSize, signal);
        for await (const chunk of first.chunks()) await parts.write(chunk);
        await parts.write(left);
      },
      commit: () => parts?.commit() ?? this.#driver.put(key, first, { signal }),
      discard: () => parts?.discard() ?? Promise.resolve(),
    };
  }
}

class OpenedObject implements StoredObject {
  readonly size: number;
  readonly #object: OpenObject;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array();
  #came = 0;

  constructor(object: OpenObject, rangeSize: number, signal: AbortSignal) {
    this.size = object.size;
    this.#object = object;
    this.#chunks = readInTurn(object, rangeSize, signal);
  }

  /** Only ever asked for what follows. */
  async read(_position: number, length: number): Promise<Uint8Array> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return new Uint8Array();
      this.#left = value;
      this.#came += value.length;
      // Only its end tells whether the last body is what was sent.
      if (this.#came === this.size) await this.#chunks.next();
    }
    const bytes = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(bytes.length);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    await this.#object.close?.();
  }
}

async function* readInTurn(
  object: OpenObject,
  rangeSize: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* object.body;
  for (let done = object.bodySize; done < object.size; done += rangeSize) {
    const length = Math.min(rangeSize, object.size - done);
    yield* object.readRange!(done, length, { signal });
  }
}

class PartsInTurn implements NewObject {
  readonly #upload: PartUpload;
  readonly #partSize: number;
  readonly #signal: AbortSignal;
  #part: Collected;

  constructor(upload: PartUpload, partSize: number, signal: AbortSignal) {
    this.#upload = upload;
    this.#partSize = partSize;
    this.#signal = signal;
    this.#part = new Collected(0, partSize);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let left = bytes; left.length > 0;) {
      left = this.#part.add(left);
      if (this.#part.size === this.#partSize) await this.#send();
    }
  }

  async commit(): Promise<void> {
    if (this.#part.size > 0) await this.#send();
    await this.#upload.commit({ signal: this.#signal });
  }

  discard(): Promise<void> {
    return this.#upload.discard({ signal: never() });
  }

  async #send(): Promise<void> {
    await this.#upload.writePart(this.#part, { signal: this.#signal });
    this.#part = new Collected(this.#part.index + 1, this.#partSize);
  }
}

/** The bytes of one request. */
class Collected implements UploadPart {
  readonly index: number;
  readonly offset = 0;
  size = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(index: number, capacity: number) {
    this.index = index;
    this.#bytes = new Uint8Array(capacity);
  }

  /** Takes as many bytes as there is room for, and returns the others. */
  add(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#bytes.length - this.size);
    this.#bytes.set(taken, this.size);
    this.size += taken.length;
    return bytes.subarray(taken.length);
  }

  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield this.#bytes.subarray(0, this.size);
  }

  read(buffer: Uint8Array, position: number): Promise<void> {
    buffer.set(this.#bytes.subarray(position, position + buffer.length));
    return Promise.resolve();
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function ifMissing(error: unknown): undefined {
  const isMissing = error instanceof StoreFailure &&
    error.code === "OBJECT_NOT_FOUND";
  if (!isMissing) throw error;
}
