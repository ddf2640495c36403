import type {
  OperatorCapability,
  OperatorEntry,
  OperatorLike,
  OperatorMetadata,
  OperatorReader,
  OperatorWriter,
  SignedRequest,
} from "../../src/opendal/mod.ts";

/** An operator on a map, whose requests a test can hold and let fail. */
export class MemoryOperator implements OperatorLike {
  /** The values by path. */
  readonly values = new Map<string, Uint8Array>();
  /** What was asked, in order. */
  readonly requests: string[] = [];
  /** Answer to each write. */
  told: unknown;
  /** ETag of a value. */
  etagOf: (value: Uint8Array) => string | null = () => null;
  /** How the last writer was asked to cut, and what it was given. */
  pieces: { chunk: bigint | undefined; sizes: number[] } | undefined;
  /** True if closing a writer stores nothing: the answer is a page, of which the binding tells nothing. */
  swallows = false;
  /** True if answers tell no size, which the binding makes 0. */
  hidesSizes = false;
  /** The address of a server to which signed requests go, if it signs. */
  signsFor: string | undefined;
  /** Called before each request takes effect. */
  before: (request: string) => Promise<void> = () => Promise.resolve();
  readonly #capability: OperatorCapability;

  /** @param capability What differs from a service that can everything. */
  constructor(capability: Partial<OperatorCapability> = {}) {
    this.#capability = {
      ...{ read: true, write: true, stat: true, delete: true, list: true },
      ...{ listWithRecursive: true, rename: true, readWithIfMatch: false },
      ...{ writeCanMulti: true, writeWithContentType: true },
      ...capability,
    };
  }

  capability(): OperatorCapability {
    const presignWrite = this.signsFor !== undefined;
    return { ...this.#capability, presignWrite };
  }

  async presignWrite(path: string): Promise<SignedRequest> {
    await this.#ask(`sign ${path}`);
    const count = this.requests.length;
    return {
      method: "PUT",
      url: `${this.signsFor}/b/${
        encodeURI(path)
      }?X-Amz-Signature=signature-${count}`,
      headers: { "x-amz-server-side-encryption": "AES256" },
    };
  }

  async stat(path: string): Promise<OperatorMetadata> {
    await this.#ask(`stat ${path}`);
    const value = this.#find("stat", path);
    return this.#describe(value);
  }

  async read(
    path: string,
    { offset = 0n, size }: { offset?: bigint; size?: bigint } = {},
  ): Promise<Uint8Array> {
    await this.#ask(`read ${path}`);
    const value = this.#find("read", path);
    if (size === undefined) return value;
    const piece = value.subarray(Number(offset), Number(offset + size));
    if (piece.length > 0) return piece;
    // As OpenDAL tells 416.
    throw new Error("Unexpected (permanent) at read, context: {} => none");
  }

  async reader(path: string): Promise<OperatorReader> {
    await this.#ask(`reader ${path}`);
    const value = this.#find("read", path);
    let done = 0;
    return {
      async read(buffer: never) {
        await Promise.resolve();
        const into = buffer as Uint8Array;
        const piece = value.subarray(done, done + into.length);
        into.set(piece);
        done += piece.length;
        return BigInt(piece.length);
      },
    };
  }

  async write(path: string, content: never): Promise<unknown> {
    const value = Uint8Array.from(content as Uint8Array);
    await this.#ask(`write ${path}`);
    this.values.set(path, value);
    return this.told;
  }

  writer(
    path: string,
    { chunk }: { chunk?: bigint } = {},
  ): Promise<OperatorWriter> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    return Promise.resolve({
      write: (content: never) => {
        chunks.push(Uint8Array.from(content as Uint8Array));
        return Promise.resolve();
      },
      close: async () => {
        await this.#ask(`close ${path}`);
        this.pieces = { chunk, sizes: chunks.map(({ length }) => length) };
        if (this.swallows) return;
        const value = await new Blob(chunks).bytes();
        this.values.set(path, value);
      },
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#ask(`rename ${to}`);
    this.values.set(to, this.#find("rename", from));
    this.values.delete(from);
  }

  async delete(path: string): Promise<void> {
    await this.#ask(`delete ${path}`);
    this.values.delete(path);
  }

  async list(prefix: string): Promise<readonly OperatorEntry[]> {
    await this.#ask(`list ${prefix}`);
    return [...this.values].filter(([path]) => path.startsWith(prefix))
      .map(([path, value]) => ({
        path: () => path,
        metadata: () => this.#describe(value),
      }));
  }

  async #ask(request: string): Promise<void> {
    this.requests.push(request);
    await this.before(request);
  }

  #find(operation: string, path: string): Uint8Array {
    const value = this.values.get(path);
    if (value) return value;
    throw new Error(
      `NotFound (permanent) at ${operation}, context: { path: ${path} } => none`,
    );
  }

  #describe(value: Uint8Array): OperatorMetadata {
    return {
      contentLength: BigInt(this.hidesSizes ? 0 : value.length),
      etag: this.etagOf(value),
      version: null,
      lastModified: null,
      isFile: () => true,
    };
  }
}
