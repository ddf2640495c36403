import { isAbsolute } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { CaseStop } from "../model/case_stop.ts";
import type {
  DownloadOptions,
  ListableObjectStore,
  ObjectStore,
  OperationOptions,
  UploadOptions,
} from "../../src/object_store.ts";
import { makeStoreError, toError } from "./foreign_error.ts";
import { MessageError } from "./messages.ts";
import {
  ForeignError,
  type RequestListener,
  type StoreProcess,
  type StoreRequest,
} from "./store_process.ts";

/**
 * A store on a process of another language. It answers itself only what cannot travel: names that
 * are no strings or not well-formed, URLs that are no `file:` URLs, relative paths. `getUri()`
 * returns a promise, against the interface: the kit awaits it.
 */
export class ForeignStore implements ObjectStore {
  readonly #process: StoreProcess;
  readonly #store: unknown;

  /** @param process The process. @param store The handle that it gave. */
  constructor(process: StoreProcess, store: unknown) {
    this.#process = process;
    this.#store = store;
  }

  getUri(objectName: string): string {
    return this.#operate("uri", () => ({ name: checkName(objectName) }))
      .then(({ value }) => value) as Promise<unknown> as unknown as string;
  }

  async getObjectSize(
    objectName: string,
    options: OperationOptions = {},
  ): Promise<number> {
    const body = () => ({ name: checkName(objectName) });
    return (await this.#operate("size", body, options)).value as number;
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options: UploadOptions = {},
  ): Promise<void> {
    const body = () => ({
      name: checkName(objectName),
      file: toPath(filename),
    });
    await this.#operate("upload", body, options);
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options: DownloadOptions = {},
  ): Promise<void> {
    const body = () => ({
      name: checkName(objectName),
      file: toPath(filename),
      overwrite: options.overwrite ?? false,
    });
    await this.#operate("download", body, options);
  }

  async close(): Promise<void> {
    await this.#operate("close", () => ({}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Sends what has a listing, for {@linkcode ListableForeignStore}. */
  protected async *list(
    prefix: string,
    { signal }: OperationOptions,
  ): AsyncGenerator<string> {
    const names: string[] = [];
    let wake = () => {};
    let isOver = false;
    let request: StoreRequest | undefined;
    const done = this.#operate("list", () => ({ prefix }), { signal }, {
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
      if (!isOver && this.#process.can("abort")) request?.abort();
    }
  }

  /** Sends a request and turns its answer into what a store in TypeScript does. Never throws synchronously. */
  async #operate(
    what: string,
    makeBody: () => Record<string, unknown>,
    { signal, callback }: {
      signal?: AbortSignal | undefined;
      callback?: UploadOptions["callback"];
    } = {},
    { listener = {}, onSent }: {
      listener?: RequestListener;
      onSent?: (request: StoreRequest) => void;
    } = {},
  ): Promise<{ value: unknown }> {
    const process = this.#process;
    if (callback !== undefined && typeof callback !== "function") {
      throw new TypeError("'callback' must be a function");
    }
    const thrown = new Map<number, unknown>();
    const needAbort = () => {
      if (process.can("abort")) return true;
      process.fail(
        new CaseStop(
          "unverified",
          "the store does not declare the power 'abort'",
        ),
      );
      return false;
    };
    if (signal?.aborted) needAbort();
    const request: StoreRequest = process.send({
      do: what,
      store: this.#store,
      ...makeBody(),
      ...(callback === undefined ? {} : { progress: true }),
      ...(signal?.aborted ? { aborted: true } : {}),
    }, {
      ...listener,
      ...(callback && {
        async onProgress(done, total, call) {
          let threw = false;
          try {
            await callback(done, total);
          } catch (error) {
            threw = true;
            thrown.set(call, error);
          }
          process.acknowledge(request.id, call, threw);
        },
      }),
    });
    onSent?.(request);
    const onAbort = () => {
      if (needAbort()) request.abort();
    };
    signal?.addEventListener("abort", onAbort);
    try {
      return { value: await request.answer };
    } catch (error) {
      throw this.#translate(error, thrown, signal);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #translate(
    error: unknown,
    thrown: ReadonlyMap<number, unknown>,
    signal: AbortSignal | undefined,
  ): unknown {
    if (!(error instanceof ForeignError)) return error;
    const { failure } = error;
    let problem: CaseStop | undefined;
    if (failure.lacks !== undefined) {
      problem = new CaseStop("unverified", failure.lacks);
    } else {
      try {
        return toError(failure, { thrown, signal });
      } catch (wrong) {
        if (!(wrong instanceof MessageError)) throw wrong;
        problem = new CaseStop(
          "error",
          `the store's process is no use: ${wrong.message}`,
        );
      }
    }
    this.#process.fail(problem);
    return problem;
  }
}

/** A {@linkcode ForeignStore} whose process can list. */
export class ListableForeignStore extends ForeignStore
  implements ListableObjectStore {
  listObjects(
    prefix = "",
    options: OperationOptions = {},
  ): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => this.list(prefix, options) };
  }
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
