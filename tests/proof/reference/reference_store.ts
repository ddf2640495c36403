import type {
  DownloadOptions,
  ListableObjectStore,
  OperationOptions,
  UploadOptions,
} from "../../../src/object_store.ts";
import type { Backing, NewObject, StoredObject } from "./backing.ts";
import type { Call } from "./call.ts";
import { NO_FILE } from "./checks.ts";
import { LocalSteps, type OpenSource, type Temporary } from "./local_steps.ts";

/**
 * A correct `ObjectStore` in small steps, the base of all mutants: a mutant is
 * a subclass with one step that is wrong. It shares no code with the stores of
 * the package, so that one mistake cannot hide in both.
 */
export class ReferenceStore extends LocalSteps implements ListableObjectStore {
  /** Where the objects are. */
  protected readonly backing: Backing;
  /** What `close()` waits for. */
  protected readonly busy: Set<Promise<unknown>> = new Set();
  /** Set by the first `close()`. */
  protected closing: Promise<void> | undefined;

  /** @param backing Where the objects are. @param prefix Whole segments; empty for none. */
  constructor(backing: Backing, prefix = "") {
    super(prefix);
    this.backing = backing;
  }

  /** How many bytes are moved, and reported, at once. */
  protected get chunkSize(): number {
    return 2 ** 16;
  }

  protected override get uriBase(): string {
    return this.backing.uri;
  }

  getUri(objectName: string): string {
    return this.uriOf(this.keyOf(this.checkName(objectName)));
  }

  async getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    const call = this.checkCall(
      "get the size of",
      objectName,
      NO_FILE,
      options,
    );
    return await this.run(call, () => this.askSize(call));
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    const call = this.checkCall("upload", objectName, filename, options);
    await this.run(call, () => this.upload(call));
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    const call = this.checkCall("download", objectName, filename, options);
    await this.run(call, () => this.download(call));
  }

  async *listObjects(
    prefix = "",
    options?: OperationOptions,
  ): AsyncGenerator<string, void> {
    if (typeof prefix !== "string") {
      throw new TypeError("Cannot list objects as 'prefix' must be a string");
    }
    const { signal } = this.checkOptions(options);
    this.checkOpen({ action: "list objects" });
    signal?.throwIfAborted();
    const listing = this.listNames(prefix);
    for (const name of await this.untilAborted(signal, listing)) {
      this.checkOpen({ action: "list objects" });
      signal?.throwIfAborted();
      yield name;
    }
  }

  close(): Promise<void> {
    this.closing ??= this.doClose();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs a checked operation from beginning to end (clauses 17, 21 and 28). */
  protected async run<T>(call: Call, action: () => Promise<T>): Promise<T> {
    this.checkOpen(call);
    const { signal } = call.options;
    signal?.throwIfAborted();
    const onAbort = () => call.fail(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      return await this.keepBusy(action());
    } catch (error) {
      throw call.failure ? call.failure.error : this.translate(call, error);
    } finally {
      this.endListening(signal, onAbort);
    }
  }

  /** Takes the listener off the caller's signal. */
  protected endListening(
    signal: AbortSignal | undefined,
    onAbort: () => void,
  ): void {
    signal?.removeEventListener("abort", onAbort);
  }

  /** What the caller gets for what a step threw. */
  protected translate(_call: Call, error: unknown): unknown {
    return error;
  }

  /** Remembers what `close()` has to wait for. */
  protected keepBusy<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.then(() => {}, () => {});
    this.busy.add(settled);
    settled.then(() => this.busy.delete(settled));
    return promise;
  }

  /** Refuses what begins after `close()`. */
  protected checkOpen(call: Pick<Call, "action">): void {
    if (this.closing) throw this.closed(call);
  }

  /** Throws if the caller has ended the operation. */
  protected checkAborted(call: Call): void {
    if (call.failure) throw call.failure.error;
  }

  /** Waits for a promise, but no longer than until the caller ends the operation. */
  protected raceAbort<T>(call: Call, promise: Promise<T>): Promise<T> {
    return call.race(this.keepBusy(promise));
  }

  /** The size of the call's object. */
  protected async askSize(call: Call): Promise<number> {
    const size = await this.raceAbort(
      call,
      this.backing.size(call.key, call.signal),
    );
    if (size === undefined) throw this.notFound(call);
    return size;
  }

  /** Uploads from beginning to end. */
  protected async upload(call: Call): Promise<void> {
    const source = await this.openSource(call.path);
    try {
      this.checkAborted(call);
      call.total = source.size;
      const object = await this.createObject(call);
      try {
        await this.send(call, source, object);
        this.checkAborted(call);
        await this.commitObject(call, object);
      } catch (error) {
        await this.discardObject(call, object);
        throw error;
      }
      await this.finishReport(call);
    } finally {
      await source.file.close();
    }
  }

  /** Begins the object of an upload. */
  protected createObject(call: Call): Promise<NewObject> {
    const { key, total, signal } = call;
    return this.awaitNew(call, this.backing.create(key, total, signal));
  }

  /** Waits for a new object; one that comes too late is discarded. */
  protected async awaitNew(
    call: Call,
    creating: Promise<NewObject>,
  ): Promise<NewObject> {
    try {
      return await this.raceAbort(call, creating);
    } catch (error) {
      this.keepBusy(creating.then((late) => late.discard())).catch(() => {});
      throw error;
    }
  }

  /** Moves the source's bytes to the new object. */
  protected async send(
    call: Call,
    source: OpenSource,
    object: NewObject,
  ): Promise<void> {
    await this.report(call, 0);
    for (let done = 0; done < source.size;) {
      const length = Math.min(this.chunkSize, source.size - done);
      const bytes = await this.readSource(source, done, length);
      await this.checkSourceUnchanged(source);
      this.checkAborted(call);
      await this.raceAbort(call, object.write(bytes));
      done += length;
      await this.report(call, done);
    }
  }

  /** Makes the new object visible. */
  protected commitObject(call: Call, object: NewObject): Promise<void> {
    return this.raceAbort(call, object.commit());
  }

  /** Forgets the new object; what fails here is not told, and `close()` waits for it. */
  protected discardObject(call: Call, object: NewObject): Promise<void> {
    const discarding = this.keepBusy(object.discard()).catch(() => {});
    return call.failure ? Promise.resolve() : discarding;
  }

  /** Downloads from beginning to end. */
  protected async download(call: Call): Promise<void> {
    const target = await this.lookAtDestination(call);
    this.checkAborted(call);
    const object = await this.openObject(call);
    try {
      call.total = object.size;
      const temporary = await this.createTemporary(target);
      try {
        await this.receive(call, object, temporary);
        await this.finishReport(call);
        this.checkAborted(call);
        await this.publish(call, temporary, target);
      } catch (error) {
        await this.removeTemporary(temporary);
        throw error;
      }
    } finally {
      this.keepBusy(object.close()).catch(() => {});
    }
  }

  /** Opens the object of a download; one that comes too late is closed. */
  protected async openObject(call: Call): Promise<StoredObject> {
    const opening = this.backing.open(call.key, call.signal);
    let object: StoredObject | undefined;
    try {
      object = await this.raceAbort(call, opening);
    } catch (error) {
      this.keepBusy(opening.then((late) => late?.close())).catch(() => {});
      throw error;
    }
    if (!object) throw this.notFound(call);
    return object;
  }

  /** Moves the object's bytes to the temporary file. */
  protected async receive(
    call: Call,
    object: StoredObject,
    temporary: Temporary,
  ): Promise<void> {
    await this.report(call, 0);
    let done = 0;
    while (done < object.size) {
      const length = Math.min(this.chunkSize, object.size - done);
      const bytes = await this.raceAbort(call, object.read(done, length));
      if (bytes.length === 0) break;
      this.checkAborted(call);
      await this.writeChunk(temporary, bytes, done);
      done += bytes.length;
      await this.report(call, done);
    }
    this.checkLength(call, done);
  }

  /** Refuses a body that is not of the announced size (clause 15). */
  protected checkLength(call: Call, done: number): void {
    if (done === call.total) return;
    throw this.transient(call, `got ${done} of ${call.total} bytes`);
  }

  /** Tells the callback how far the transfer is; the total is kept for `finishReport`. */
  protected async report(call: Call, bytes: number): Promise<void> {
    if (bytes >= call.total || bytes <= call.reported) return;
    await this.tell(call, bytes);
  }

  /** Makes the last call, `(total, total)`. */
  protected async finishReport(call: Call): Promise<void> {
    await this.tell(call, call.total);
  }

  /** Calls the callback and waits for it. */
  protected async tell(call: Call, bytes: number): Promise<void> {
    const { callback } = call.options;
    this.checkAborted(call);
    if (!callback) return;
    call.reported = bytes;
    try {
      const told: unknown = callback(bytes, call.total);
      if (told instanceof Object && "then" in told) await call.race(told);
    } catch (error) {
      call.fail(error);
    }
    this.checkAborted(call);
  }

  /** Waits for a promise, but no longer than until a signal fires. */
  protected async untilAborted<T>(
    signal: AbortSignal | undefined,
    promise: Promise<T>,
  ): Promise<T> {
    if (!signal) return await promise;
    promise.catch(() => {});
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([aborted.promise, promise]);
    } finally {
      this.endListening(signal, onAbort);
    }
  }

  /** The names that begin with a prefix. */
  protected async listNames(prefix: string): Promise<string[]> {
    const keys = await this.keepBusy(this.backing.list(this.keyOf(prefix)));
    return keys.map((key) => this.nameOf(key));
  }

  /** Waits for the operations in flight, then releases the backing. */
  protected async doClose(): Promise<void> {
    while (this.busy.size > 0) await Promise.all(this.busy);
    await this.backing.close();
  }
}
