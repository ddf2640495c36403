import type {
  DeletableObjectStore,
  ObjectContent,
  ObjectData,
  OperationOptions,
  ReadableObjectStore,
  ReadObjectOptions,
  WritableObjectStore,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { ByteRange, NewObject, StoredObject } from "./backing.ts";
import type { Call } from "./call.ts";
import { NO_FILE } from "./checks.ts";
import { type DataReader, readData } from "./data.ts";
import { concatenate } from "../../../conformance/checks/concatenate.ts";
import { Reading } from "./reading.ts";
import { ReferenceStore } from "./reference_store.ts";

/** A correct store with every optional power, in small steps that can be overridden. */
export class PoweredReferenceStore extends ReferenceStore
  implements ReadableObjectStore, WritableObjectStore, DeletableObjectStore {
  /** The streams that are not over. */
  protected readonly readings: Set<Reading> = new Set();

  async readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent> {
    const call = this.checkCall("read", objectName, NO_FILE, options);
    const range = this.checkRange(options);
    return await this.run(call, () => this.read(call, range));
  }

  async writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    const reader = readData(data);
    try {
      const call = this.checkCall("write", objectName, NO_FILE, options);
      const size = this.checkSize(options);
      await this.run(call, () => this.write(call, reader, size));
    } catch (error) {
      this.cancelData(reader, error);
      throw error;
    }
  }

  async deleteObject(
    objectName: string,
    options?: OperationOptions,
  ): Promise<void> {
    const call = this.checkCall("delete", objectName, NO_FILE, options);
    await this.run(call, () => this.remove(call));
  }

  override close(): Promise<void> {
    const closing = super.close();
    this.endReadings();
    return closing;
  }

  /** Errors the streams that nobody has read to their end (clause 32). */
  protected endReadings(): void {
    for (const reading of [...this.readings]) {
      reading.fail(this.closed({ action: "read" }));
    }
  }

  /** The range that options ask for. */
  protected checkRange(options: ReadObjectOptions = {}): ByteRange {
    const { offset = 0, length } = options;
    for (const value of [offset, length ?? 0]) {
      if (Number.isSafeInteger(value) && value >= 0) continue;
      throw new RangeError(
        `Cannot read a range as it must be of whole numbers: current value is ${value}`,
      );
    }
    return {
      start: offset,
      end: length === undefined ? Infinity : offset + length,
    };
  }

  /** The size that options tell. */
  protected checkSize({ size }: WriteObjectOptions = {}): number | undefined {
    if (size === undefined || (Number.isSafeInteger(size) && size >= 0)) {
      return size;
    }
    throw new RangeError(
      `Cannot write as 'size' must be a whole number: current value is ${size}`,
    );
  }

  /** Opens an object for reading. */
  protected async read(call: Call, range: ByteRange): Promise<ObjectContent> {
    const object = await this.openRange(call, range);
    try {
      this.checkAborted(call);
      return this.toContent(
        object,
        this.startReading(call, range, object).stream,
      );
    } catch (error) {
      this.keepBusy(object.close()).catch(() => {});
      throw error;
    }
  }

  /** Opens the object of a range; one that comes too late is closed. */
  protected async openRange(
    call: Call,
    range: ByteRange,
  ): Promise<StoredObject> {
    const opening = this.backing.openRange(call.key, range, call.signal);
    try {
      const object = await this.raceAbort(call, opening);
      if (!object) throw this.notFound(call);
      return object;
    } catch (error) {
      this.keepBusy(opening.then((late) => late?.close())).catch(() => {});
      throw error;
    }
  }

  /** Makes the stream of an object, which the signal and `close()` can end. */
  protected startReading(
    call: Call,
    range: ByteRange,
    object: StoredObject,
  ): Reading {
    const { signal } = call.options;
    const onAbort = () => reading.fail(signal?.reason);
    const end = Math.min(range.end, object.size);
    const reading = new Reading(call, { ...range, end }, {
      next: (position, end) => this.readNext(call, object, position, end),
      explain: (error) =>
        call.failure ? call.failure.error : this.translate(call, error),
      release: () => this.closeRead(object),
    });
    if (reading.isOver) return reading;
    reading.onOver = () => {
      this.readings.delete(reading);
      this.endListening(signal, onAbort);
    };
    this.readings.add(reading);
    signal?.addEventListener("abort", onAbort);
    if (this.closing) reading.fail(this.closed(call));
    return reading;
  }

  /** The next bytes of a stream. */
  protected async readNext(
    call: Call,
    object: StoredObject,
    position: number,
    end: number,
  ): Promise<Uint8Array> {
    const length = Math.min(this.chunkSize, end - position);
    const bytes = await this.raceAbort(call, object.read(position, length));
    if (bytes.length > 0) return bytes;
    throw this.transient(call, `got ${position} of ${end} bytes`);
  }

  /** Releases an object that was read. */
  protected closeRead(object: StoredObject): void {
    this.keepBusy(object.close()).catch(() => {});
  }

  /** What the caller gets of an object that is open. */
  protected toContent(
    { size }: StoredObject,
    stream: ObjectContent["stream"],
  ): ObjectContent {
    const bytes = async () => await readWhole(stream);
    return {
      size,
      stream,
      bytes,
      text: async () => new TextDecoder().decode(await bytes()),
    };
  }

  /** Writes from beginning to end. */
  protected async write(
    call: Call,
    reader: DataReader,
    given: number | undefined,
  ): Promise<void> {
    const size = reader.size ?? given;
    if (given !== undefined && given !== size) throw this.wrongSize(call);
    call.total = size ?? 0;
    const object = await this.createData(call, size);
    try {
      const sent = await this.sendData(call, reader, object, size);
      if (sent !== (size ?? sent)) throw this.wrongSize(call);
      call.total = sent;
      this.checkAborted(call);
      await this.commitObject(call, object);
    } catch (error) {
      await this.discardObject(call, object);
      throw error;
    }
    await this.finishReport(call);
  }

  /** Begins the object of data. */
  protected createData(
    call: Call,
    size: number | undefined,
  ): Promise<NewObject> {
    if (size !== undefined) return this.createObject(call);
    const { key, signal } = call;
    return this.awaitNew(call, this.backing.create(key, undefined, signal));
  }

  /** Moves data to the new object. @returns How many bytes it had. */
  protected async sendData(
    call: Call,
    reader: DataReader,
    object: NewObject,
    size: number | undefined,
  ): Promise<number> {
    let done = 0;
    if (size !== undefined) await this.report(call, 0);
    for (;;) {
      const chunk = await this.nextChunk(call, reader);
      if (chunk === undefined) return done;
      if (size !== undefined && done + chunk.length > size) {
        throw this.wrongSize(call);
      }
      for (let at = 0; at < chunk.length; at += this.chunkSize) {
        const piece = chunk.subarray(at, at + this.chunkSize);
        this.checkAborted(call);
        await this.raceAbort(call, object.write(piece));
        done += piece.length;
        if (size !== undefined) await this.report(call, done);
      }
    }
  }

  /** The next bytes of data. What they fail with is the caller's own error. */
  protected async nextChunk(
    call: Call,
    reader: DataReader,
  ): Promise<Uint8Array | undefined> {
    const reading = reader.read().catch((error) => {
      call.fail(error);
      throw error;
    });
    reading.catch(() => {});
    return await call.race(reading);
  }

  /** Lets go of data after a failure. */
  protected cancelData(reader: DataReader, reason: unknown): void {
    void reader.cancel(reason);
  }

  /** The error for data of another size than was told. */
  protected wrongSize({ uri }: Call): Error {
    return new RangeError(
      `Cannot write "${uri}" as the data has another size than 'size'`,
    );
  }

  /** Removes an object. */
  protected async remove(call: Call): Promise<void> {
    await this.raceAbort(call, this.backing.remove(call.key, call.signal));
  }
}

/** All bytes of a stream that nobody has used. */
async function readWhole(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  // Only this tells a stream that was read before.
  void new Response(stream);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return concatenate(chunks);
}
