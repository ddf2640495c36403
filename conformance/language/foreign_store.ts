import { isAbsolute } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { METHOD_OF } from "../model/capability.ts";
import type {
  DeletableObjectStore,
  DownloadOptions,
  ListableObjectStore,
  ObjectContent,
  ObjectData,
  ObjectStore,
  OperationOptions,
  ReadableObjectStore,
  ReadObjectOptions,
  UploadOptions,
  WritableObjectStore,
  WriteObjectOptions,
} from "../../src/object_store.ts";
import { ForeignContent } from "./foreign_content.ts";
import { ForeignData } from "./foreign_data.ts";
import { makeStoreError } from "./foreign_error.ts";
import { ForeignHandle } from "./foreign_handle.ts";
import type { StoreProcess, StoreRequest } from "./store_process.ts";

/**
 * A store on a process of another language. It answers itself only what cannot travel: names that
 * are no strings or not well-formed, URLs that are no `file:` URLs, relative paths. `getUri()`
 * returns a promise, against the interface: the kit awaits it.
 */
export class ForeignStore implements ObjectStore {
  readonly #handle: ForeignHandle;

  /** @param handle The store, in its process. */
  constructor(handle: ForeignHandle) {
    this.#handle = handle;
  }

  getUri(objectName: string): string {
    return this.#handle.operate("uri", () => ({ name: checkName(objectName) }))
      .then(({ value }) => value) as Promise<unknown> as unknown as string;
  }

  async getObjectSize(
    objectName: string,
    options: OperationOptions = {},
  ): Promise<number> {
    checkOptions(options);
    const body = () => ({ name: checkName(objectName) });
    return (await this.#handle.operate("size", body, options)).value as number;
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options: UploadOptions = {},
  ): Promise<void> {
    checkOptions(options);
    const body = () => ({
      name: checkName(objectName),
      file: toPath(filename),
    });
    await this.#handle.operate("upload", body, options);
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options: DownloadOptions = {},
  ): Promise<void> {
    checkOptions(options);
    const body = () => ({
      name: checkName(objectName),
      file: toPath(filename),
      overwrite: options.overwrite ?? false,
    });
    await this.#handle.operate("download", body, options);
  }

  async close(): Promise<void> {
    await this.#handle.operate("close", () => ({}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The optional methods of a store. */
type Powers =
  & Pick<ListableObjectStore, "listObjects">
  & Pick<ReadableObjectStore, "readObject">
  & Pick<WritableObjectStore, "writeObject">
  & Pick<DeletableObjectStore, "deleteObject">;

/** Makes a store on a process, with the optional methods whose powers the process has. */
export function openForeignStore(
  process: StoreProcess,
  store: unknown,
): ObjectStore {
  const handle = new ForeignHandle(process, store);
  const powers: Powers = {
    listObjects: (prefix = "", options = {}) => ({
      [Symbol.asyncIterator]: () => listNames(handle, prefix, options),
    }),
    readObject: (name, options) => read(handle, name, options),
    writeObject: (name, data, options) => write(handle, name, data, options),
    deleteObject: async (name, options = {}) => {
      checkOptions(options);
      const body = () => ({ name: checkName(name) });
      await handle.operate("delete", body, options);
    },
  };
  const offered = Object.entries(METHOD_OF)
    .filter(([power]) => process.can(power))
    .map(([, method]) => [method, powers[method as keyof Powers]]);
  return Object.assign(
    new ForeignStore(handle),
    Object.fromEntries(offered) as Partial<Powers>,
  );
}

async function* listNames(
  handle: ForeignHandle,
  prefix: string,
  { signal }: OperationOptions,
): AsyncGenerator<string> {
  const names: string[] = [];
  let wake = () => {};
  let isOver = false;
  let request: StoreRequest | undefined;
  const done = handle.operate("list", () => ({ prefix }), { signal }, {
    listener: {
      onItem(name) {
        names.push(name);
        wake();
      },
    },
    onSent: (sent) => request = sent,
  }).finally(() => {
    isOver = true;
    wake();
  });
  done.catch(() => {});
  try {
    for (let at = 0;; at++) {
      while (at >= names.length && !isOver) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      const name = names[at];
      if (name === undefined) break;
      names[at] = "";
      yield name;
    }
    await done;
  } finally {
    // Whoever leaves the loop early wants no more.
    if (!isOver && handle.process.can("abort")) request?.abort();
  }
}

async function read(
  handle: ForeignHandle,
  objectName: string,
  options: ReadObjectOptions = {},
): Promise<ObjectContent> {
  checkOptions(options);
  const { offset, length, signal } = options;
  const content = new ForeignContent(handle, signal);
  const { value, request } = await handle.operate(
    "read",
    () => ({
      name: checkName(objectName),
      ...(offset === undefined
        ? {}
        : { offset: checkNumber("offset", offset) }),
      ...(length === undefined
        ? {}
        : { length: checkNumber("length", length) }),
    }),
    { signal },
    { listener: { stream: content.listener } },
  );
  return content.open(request, value as number);
}

async function write(
  handle: ForeignHandle,
  objectName: string,
  data: ObjectData,
  options: WriteObjectOptions = {},
): Promise<void> {
  const source = new ForeignData(data);
  let sent: StoreRequest | undefined;
  try {
    checkOptions(options);
    const { size, contentType, signal, callback } = options;
    await handle.operate(
      "write",
      () => {
        const told = size === undefined
          ? source.size
          : checkNumber("size", size);
        return {
          name: checkName(objectName),
          ...(told === undefined ? {} : { size: told }),
          ...(contentType === undefined ? {} : { contentType }),
        };
      },
      { signal, callback },
      {
        listener: {
          onPull: () => sent && source.give(sent),
          onCancel: () => source.cancel(),
        },
        onSent: (request) => sent = request,
        sourceFailure: () => source.failure,
      },
    );
  } catch (error) {
    // What was refused here the store has never seen; all else is for it to cancel.
    if (sent === undefined) source.cancel(error);
    throw error;
  }
}

/** Options that can travel. */
function checkOptions(options: OperationOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `'options' must be an object: its type is ${typeof options}`,
    );
  }
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError("'signal' must be an AbortSignal");
}

/** A number that can travel; what it must not be otherwise is for the store to say. */
function checkNumber(what: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `'${what}' must be a number: its type is ${typeof value}`,
    );
  }
  if (Number.isFinite(value)) return value;
  throw new RangeError(
    `'${what}' must be a whole number: current value is ${value}`,
  );
}

function checkName(objectName: unknown): string {
  if (typeof objectName !== "string") {
    throw new TypeError(
      `'objectName' must be a string: its type is ${typeof objectName}`,
    );
  }
  if (objectName.isWellFormed()) return objectName;
  const shown = JSON.stringify(objectName);
  throw makeStoreError("INVALID_OBJECT_NAME", {
    objectName,
    uri: "",
    message: `Cannot use the name ${shown}: a lone surrogate cannot travel`,
  });
}

/** An absolute path, as the caller means it now; what a path must not be is for the store to say. */
function toPath(filename: unknown): string {
  if (filename instanceof URL) {
    if (filename.protocol !== "file:") {
      throw new TypeError(
        `'filename' must be a path or a file: URL: current value is ${filename}`,
      );
    }
    return fileURLToPath(filename);
  }
  if (typeof filename !== "string") {
    throw new TypeError(
      `'filename' must be a string or a URL: its type is ${typeof filename}`,
    );
  }
  if (filename === "" || filename.includes("\0") || isAbsolute(filename)) {
    return filename;
  }
  // Joined as text: a separator at the end means something, and so does `..` after a link.
  return `${process.cwd()}/${filename}`;
}
