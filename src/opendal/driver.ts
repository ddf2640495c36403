import { abortable } from "@std/async/abortable";
import {
  type DriverOptions,
  type Failure,
  type OpenObject,
  type OpenOptions,
  type PartUpload,
  type StoreDriver,
  StoreFailure,
  type StoringOptions,
  type TransferSettings,
  type UploadBody,
} from "../driver.ts";
import { failureOf } from "../failure.ts";
import {
  describeVersion,
  type OperatorEntry,
  type OperatorMetadata,
} from "./operator.ts";
import { openVersion } from "./read_object.ts";
import {
  isFailure,
  ServiceCalls,
  type ServiceCallsOptions,
} from "./service_calls.ts";
import { largestObjectOn, type Service, writesPieces } from "./services.ts";
import { SignedUploads } from "./signed_upload.ts";
import { MOST_AT_ONCE, OpendalUpload, TEMPORARY } from "./upload.ts";

/** Parts of an {@linkcode OpendalDriver}. */
export interface OpendalDriverOptions extends ServiceCallsOptions {
  /** Beginning of every URI, without a slash at its end. */
  readonly uri: string;
  /** True if nothing may stay behind of what has failed. */
  readonly isStrict: boolean;
}

/** Bytes that go to the writer's queue at once. */
const PART = 4 * 2 ** 20;
/** White space that OpenDAL takes from both ends of a path. */
const OUTER_SPACE = /^\p{White_Space}|\p{White_Space}$/u;

/** Keeps objects in a service that OpenDAL speaks to. */
export class OpendalDriver implements StoreDriver {
  readonly settings: TransferSettings;
  readonly startUpload?: NonNullable<StoreDriver["startUpload"]>;
  readonly #uri: string;
  readonly #service: Service;
  readonly #calls: ServiceCalls;
  readonly #signed: SignedUploads | undefined;
  /** Writes that an abort has left behind, by key. */
  readonly #abandoned = new Map<string, Promise<void>>();

  /** @param options The operator, and what is known of its service. */
  constructor(options: OpendalDriverOptions) {
    const { service, isStrict, uri } = options;
    this.#uri = uri;
    this.#service = service;
    this.#calls = new ServiceCalls(options);
    if (service.signsUploads) {
      this.#signed = new SignedUploads(this.#calls, options.requestTimeout);
    }
    this.settings = {
      largestObject: largestObjectOn(service, isStrict),
      partSize: PART,
      maxParts: Number.MAX_SAFE_INTEGER,
      // A writer takes the bytes in their order, and sends pieces side by side itself.
      parallel: 1,
    };
    if (writesPieces(service, isStrict)) {
      this.startUpload = (key, size, options) =>
        this.#start(key, size, options);
    }
  }

  getUri(key: string): string {
    // A "file:" URL is one that programs read, the others are names for people and logs.
    return this.#uri.startsWith("file:")
      ? `${this.#uri}/${key.split("/").map(encodeURIComponent).join("/")}`
      : `${this.#uri}/${key}`;
  }

  checkKey(key: string): string | undefined {
    if (key.split("/").some((segment) => /^\.{0,2}$/.test(segment))) {
      return "it has an empty segment, or one that is '.' or '..', which OpenDAL leaves out";
    }
    if (OUTER_SPACE.test(key)) {
      return "it begins or ends with white space, which OpenDAL leaves out";
    }
    if (key.startsWith(TEMPORARY)) {
      return `names that begin with '${TEMPORARY}' are those of temporary files`;
    }
    return this.#service.refuse?.(key);
  }

  async getSize(key: string, options: DriverOptions): Promise<number> {
    await this.#wait(key, options);
    const metadata = await this.#calls.statSize(key, options);
    return Number(metadata.contentLength);
  }

  async open(key: string, options: OpenOptions): Promise<OpenObject> {
    await this.#wait(key, options);
    return await openVersion(this.#calls, key, options);
  }

  async put(
    key: string,
    body: UploadBody,
    options: StoringOptions,
  ): Promise<void> {
    await this.#wait(key, options);
    // A small one is held in memory, and OpenDAL sends it.
    const isLarge = body.size > MOST_AT_ONCE;
    if (isLarge && await this.#signed?.put(key, body, options)) return;
    const upload = await OpendalUpload.begin(this.#calls, key);
    try {
      await upload.putWhole(body, options);
    } catch (error) {
      await upload.discard();
      this.#abandon(key, upload);
      throw error;
    }
  }

  async *list(
    keyPrefix: string,
    options: DriverOptions,
  ): AsyncGenerator<string> {
    for (const key of [...this.#abandoned.keys()]) {
      await this.#wait(key, options);
    }
    for await (const entry of this.#walk(keyPrefix, options)) {
      const path = entry.path();
      if (path.endsWith("/") || path.startsWith(TEMPORARY)) continue;
      // OpenDAL tidies a prefix as it tidies a path, and then lists more.
      if (path.startsWith(keyPrefix)) yield path;
    }
  }

  async delete(key: string, options: DriverOptions): Promise<void> {
    const operator = await this.#calls.operator();
    await this.#wait(key, options);
    // A directory is no object, and OpenDAL would remove an empty one; a missing container is told.
    const before = this.#service.family === "values"
      ? undefined
      : await this.#find(key, options);
    if (before === undefined && this.#service.family !== "values") return;
    await this.#calls.ask(() => operator.delete(key), options)
      .catch((error) => {
        if (!isFailure(error, "OBJECT_NOT_FOUND")) throw error;
      });
    if (!this.#service.checksDeletions) return;
    const now = await this.#find(key, options);
    if (!now || describeVersion(now) !== describeVersion(before)) return;
    throw new StoreFailure(
      "OTHER",
      "what answered is not the service, as the object is still there",
    );
  }

  classify(error: unknown): Failure | undefined {
    return this.#calls.meaning(error) ?? failureOf(error);
  }

  async close(): Promise<void> {
    await this.#calls.settled();
    await this.#signed?.close();
  }

  async #start(
    key: string,
    size: number | undefined,
    options: StoringOptions,
  ): Promise<PartUpload> {
    await this.#wait(key, options);
    const upload = await OpendalUpload.begin(this.#calls, key);
    try {
      await upload.open(size, options);
    } catch (error) {
      await upload.discard();
      throw error;
    }
    return {
      writePart: (part, options) => upload.writePart(part, options),
      commit: (options) => upload.commit(options),
      discard: async () => {
        await upload.discard();
        this.#abandon(key, upload);
      },
    };
  }

  async #find(
    key: string,
    options: DriverOptions,
  ): Promise<OperatorMetadata | undefined> {
    try {
      return await this.#calls.stat(key, options);
    } catch (error) {
      if (isFailure(error, "OBJECT_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async *#walk(
    keyPrefix: string,
    options: DriverOptions,
  ): AsyncGenerator<OperatorEntry> {
    const operator = await this.#calls.operator();
    const recursive = { recursive: true };
    try {
      if (!operator.lister) {
        const list = () => operator.list(keyPrefix, recursive);
        yield* await this.#calls.ask(list, options);
        return;
      }
      const open = operator.lister.bind(operator, keyPrefix, recursive);
      const lister = await this.#calls.ask(open, options);
      for (;;) {
        const entry = await this.#calls.once(() => lister.next(), options);
        if (!entry) return;
        yield entry;
      }
    } catch (error) {
      this.#calls.rejectMissingContainer(error);
    }
  }

  /**
   * Waits for a write of the key that an abort has left behind: it would replace what is stored now,
   * or what has just been found there.
   */
  async #wait(key: string, { signal }: DriverOptions): Promise<void> {
    const left = this.#abandoned.get(key);
    if (left) await abortable(left, signal);
  }

  #abandon(key: string, upload: OpendalUpload): void {
    const over = upload.settled().finally(() => {
      if (this.#abandoned.get(key) === over) this.#abandoned.delete(key);
    });
    this.#abandoned.set(key, over);
  }
}
