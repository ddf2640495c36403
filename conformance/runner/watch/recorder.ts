import type { SeenError } from "../../model/case.ts";
import type { HarnessContext } from "../../model/harness.ts";
import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectStore,
  ReadableObjectStore,
  WritableObjectStore,
} from "../../../src/object_store.ts";
import { isTransientError } from "../../checks/error_chain.ts";
import type { Span } from "../../checks/spans.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import { watchContent } from "./watch_content.ts";

/** The methods that make an object. */
const STORING: readonly string[] = ["uploadObject", "writeObject"];

/** An operation that has not settled yet. */
export interface PendingOperation {
  /** The method. */
  readonly method: string;
  /** The first argument. */
  readonly objectName: unknown;
  /** The promise that the store returned. */
  readonly promise: Promise<unknown>;
}

/** Whom a {@linkcode Recorder} tells. */
export interface RecorderListener {
  /** An operation begins, or has ended. */
  onMove(): void;
  /** An operation has rejected or thrown. */
  onError(error: SeenError): void;
  /** An upload is about to begin. */
  onUpload(place: HarnessContext, objectName: unknown, source: unknown): void;
}

/**
 * Puts a thin wrapper around the stores of one case, which passes arguments,
 * results, promises and exceptions through as they are and remembers what
 * happened, also to a stream that was handed out. What a method returns in
 * place of a promise becomes one: cases judge what it settles to.
 */
export class Recorder {
  readonly #id: string;
  readonly #listener: RecorderListener;
  readonly #pending = new Set<PendingOperation>();
  readonly #rejected: SeenError[] = [];
  readonly #transient: Span[] = [];
  readonly #bare = new Map<ObjectStore, ObjectStore>();
  readonly #open = new Set<ObjectStore>();

  /** @param id The case's id. @param listener Whom to tell. */
  constructor(id: string, listener: RecorderListener) {
    this.#id = id;
    this.#listener = listener;
  }

  /** Wraps a store. */
  record(store: ObjectStore, place: HarnessContext): ObjectStore {
    const call = <T>(method: string, args: unknown[], run: () => T): T => {
      if (STORING.includes(method)) {
        // What the others are given is no file.
        const source = method === "uploadObject" ? args[1] : undefined;
        this.#listener.onUpload(place, args[0], source);
      }
      return this.#call(method, args[0], run);
    };
    const recorded = recordStore(store, call, () => this.#open.delete(store));
    this.#bare.set(recorded, store);
    this.#open.add(store);
    return recorded;
  }

  /** The store inside a wrapper. */
  bare(store: ObjectStore): ObjectStore {
    return this.#bare.get(store) ?? store;
  }

  /** The operations that have not settled. */
  get pending(): readonly PendingOperation[] {
    return [...this.#pending];
  }

  /** The operation that has rejected with or thrown this very value. */
  findRejected(value: unknown): SeenError | undefined {
    return this.#rejected.find(({ error }) => Object.is(error, value));
  }

  /** The operations that have rejected as transient, or whose stream has failed so: from when to when each has run. */
  get transientErrors(): readonly Span[] {
    return this.#transient;
  }

  /** Resolves when every operation has settled that is pending now. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.pending.map(({ promise }) => promise));
  }

  /** Waits until every operation has settled, at most this long; returns whether they have. */
  async settle(ms: number): Promise<boolean> {
    return await settlesWithin(ms, this.settled());
  }

  /** Closes every store on which nobody has called `close()`, and waits at most this long. */
  async close(ms: number): Promise<void> {
    const stores = [...this.#open];
    this.#open.clear();
    const closing = stores.map(async (store) => {
      // What is wrong with closing is for the CLS cases to find.
      await store.close();
    });
    await settlesWithin(ms, Promise.allSettled(closing));
  }

  #call<T>(method: string, objectName: unknown, run: () => T): T {
    let result: T;
    const from = performance.now();
    this.#listener.onMove();
    try {
      result = run();
    } catch (error) {
      this.#see({ method, objectName, error }, from);
      throw error;
    }
    if (result instanceof Promise) {
      this.#watch({ method, objectName, promise: result }, from);
    }
    return result;
  }

  #watch(operation: PendingOperation, from: number): void {
    const { method, objectName, promise } = operation;
    this.#pending.add(operation);
    const end = () => {
      this.#listener.onMove();
      this.#pending.delete(operation);
    };
    promise.then(
      (value) => {
        end();
        if (method === "readObject") {
          watchContent(value, (error) => this.#seeLate(error, from));
        }
      },
      (error: unknown) => {
        end();
        this.#see({ method, objectName, error }, from);
      },
    );
  }

  #see(failure: Omit<SeenError, "id">, from: number): void {
    const seen = { id: this.#id, ...failure };
    this.#rejected.push(seen);
    this.#seeLate(failure.error, from);
    this.#listener.onError(seen);
  }

  /** An operation has failed, or what it had handed out. */
  #seeLate(error: unknown, from: number): void {
    if (!isTransientError(error)) return;
    this.#transient.push({ from, to: performance.now() });
  }
}

/** The promise that a method has returned, or one that follows a thenable. Anything else breaks the interface: a rejection that says so. */
function toPromise<T>(method: string, result: Promise<T>): Promise<T> {
  if (result instanceof Promise) return result;
  const value: unknown = result;
  const isObject = typeof value === "object" || typeof value === "function";
  if (isObject && value !== null && "then" in value) {
    return Promise.resolve(result);
  }
  return Promise.reject(
    new TypeError(
      `${method}() must return a promise: it returned a value of type ${typeof value}`,
    ),
  );
}

/** A call of a method, in words. */
export function describeCall(
  { method, objectName }: { method: string; objectName: unknown },
): string {
  const name = typeof objectName === "string"
    ? JSON.stringify(objectName)
    : typeof objectName;
  return objectName === undefined ? `${method}()` : `${method}(${name})`;
}

/** Runs a method, and tells of it. */
type Call = <T>(method: string, args: unknown[], run: () => T) => T;

function recordStore(
  store: ObjectStore,
  call: Call,
  onClose: () => void,
): ObjectStore {
  const close = (run: () => Promise<void>): Promise<void> => {
    onClose();
    return callAsync("close", [], run);
  };
  const callAsync = <T>(
    method: string,
    args: unknown[],
    run: () => Promise<T>,
  ): Promise<T> => call(method, args, () => toPromise(method, run()));
  // Rest arguments: a store may look at how many there are.
  const recorded: ObjectStore = {
    getUri: (...args) => call("getUri", args, () => store.getUri(...args)),
    getObjectSize: (...args) =>
      callAsync("getObjectSize", args, () => store.getObjectSize(...args)),
    uploadObject: (...args) =>
      callAsync("uploadObject", args, () => store.uploadObject(...args)),
    downloadObject: (...args) =>
      callAsync("downloadObject", args, () => store.downloadObject(...args)),
    close: () => close(() => store.close()),
    [Symbol.asyncDispose]: () =>
      close(async () => await store[Symbol.asyncDispose]()),
  };
  return Object.assign(
    recorded,
    recordPowers(store as ObjectStore & Powers, call, callAsync),
  );
}

/** Those of the optional methods that a store has. */
function recordPowers(
  store: Powers,
  call: Call,
  callAsync: <T>(
    method: string,
    args: unknown[],
    run: () => Promise<T>,
  ) => Promise<T>,
): Partial<Powers> {
  const has = (method: keyof Powers) => typeof store[method] === "function";
  const listObjects: Powers["listObjects"] = (...args) =>
    recordListing(
      call("listObjects", args, () => store.listObjects(...args)),
      (run) => call("listObjects", args, run),
    );
  const readObject: Powers["readObject"] = (...args) =>
    callAsync("readObject", args, () => store.readObject(...args));
  const writeObject: Powers["writeObject"] = (...args) =>
    callAsync("writeObject", args, () => store.writeObject(...args));
  const deleteObject: Powers["deleteObject"] = (...args) =>
    callAsync("deleteObject", args, () => store.deleteObject(...args));
  return {
    ...has("listObjects") && { listObjects },
    ...has("readObject") && { readObject },
    ...has("writeObject") && { writeObject },
    ...has("deleteObject") && { deleteObject },
  };
}

/** Methods that a store may offer besides. */
type Powers =
  & Pick<ListableObjectStore, "listObjects">
  & Pick<ReadableObjectStore, "readObject">
  & Pick<WritableObjectStore, "writeObject">
  & Pick<DeletableObjectStore, "deleteObject">;

function recordListing(
  listing: AsyncIterable<string>,
  call: <T>(run: () => Promise<T>) => Promise<T>,
): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = listing[Symbol.asyncIterator]();
      const end = iterator.return?.bind(iterator);
      return {
        next: () => call(() => toPromise("next", iterator.next())),
        ...(end && {
          return: (value) => call(() => toPromise("return", end(value))),
        }),
      };
    },
  };
}
