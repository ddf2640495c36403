import { currentMovement } from "../../checks/movement.ts";
import type { CaseContext } from "../../model/case.ts";
import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectContent,
  ObjectData,
  ObjectStore,
  OperationOptions,
  ReadableObjectStore,
  ReadObjectOptions,
  WritableObjectStore,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import { CaseStop } from "../../model/case_stop.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { describeError } from "../../checks/error_chain.ts";
import { errorChain, expect, settle } from "../../checks/expect.ts";
import { quiet } from "./transfers.ts";

/** Milliseconds within which bytes come that nothing holds up. */
const READ_MS = 60_000;

/** Calls `readObject`. A rejection that the case does not look at is not an unhandled one. */
export function readObject(
  ctx: CaseContext,
  name: string,
  options?: ReadObjectOptions,
  store: ObjectStore = ctx.store,
): Promise<ObjectContent> {
  const readable = store as ReadableObjectStore;
  checkMethod(ctx, readable.readObject, "read", "readObject");
  return quiet(
    options === undefined
      ? readable.readObject(name)
      : readable.readObject(name, options),
  );
}

/** Calls `writeObject`, as {@linkcode readObject}. */
export function writeObject(
  ctx: CaseContext,
  name: string,
  data: ObjectData,
  options?: WriteObjectOptions,
  store: ObjectStore = ctx.store,
): Promise<void> {
  const writable = store as WritableObjectStore;
  checkMethod(ctx, writable.writeObject, "write", "writeObject");
  return quiet(
    options === undefined
      ? writable.writeObject(name, data)
      : writable.writeObject(name, data, options),
  );
}

/** Calls `deleteObject`, as {@linkcode readObject}. */
export function deleteObject(
  ctx: CaseContext,
  name: string,
  options?: OperationOptions,
  store: ObjectStore = ctx.store,
): Promise<void> {
  const deletable = store as DeletableObjectStore;
  checkMethod(ctx, deletable.deleteObject, "delete", "deleteObject");
  return quiet(
    options === undefined
      ? deletable.deleteObject(name)
      : deletable.deleteObject(name, options),
  );
}

/** All names of a listing. */
export async function listAll(
  store: ObjectStore,
  prefix: string | undefined,
  options?: OperationOptions,
): Promise<string[]> {
  const names: string[] = [];
  const { listObjects } = store as ListableObjectStore;
  const list = options === undefined
    ? listObjects.call(store, prefix)
    : listObjects.call(store, prefix, options);
  for await (const name of list) names.push(name);
  return names;
}

/** All bytes of an object or of a range of it, from its stream; fails the case if it errors. */
export async function readBytes(
  ctx: CaseContext,
  name: string,
  options?: ReadObjectOptions,
  store?: ObjectStore,
): Promise<Uint8Array<ArrayBuffer>> {
  const { stream } = await readObject(ctx, name, options, store);
  return await collect(ctx, stream.getReader(), `the stream of ${name}`);
}

/** Reads what is left of a stream, as one array; fails the case if it errors. The chunks are put together at the end, so that one that is changed later shows. */
export async function collect(
  ctx: CaseContext,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, failure } = await readOn(ctx, reader, what);
  if (failure) throw unexpected(ctx, what, failure.error);
  return bytes;
}

/** Waits for a promise that has to fulfil; fails the case if it rejects, or takes too long. */
export async function succeed<T>(
  ctx: CaseContext,
  promise: Promise<T>,
  what: string,
  ms = READ_MS,
): Promise<T> {
  const outcome = await ctx.within(ms, settle(promise), what);
  if (outcome.status === "fulfilled") return outcome.value;
  throw unexpected(ctx, what, outcome.reason);
}

/** Makes the error that ends a case whose stream or promise has failed although nothing was wrong. */
export function unexpected(
  ctx: CaseContext,
  what: string,
  error: unknown,
): Error {
  if (error instanceof CaseStop) return error;
  return ctx.fail({
    expected: `${what} succeeds`,
    observed: `it failed with ${describeError(error)[0]}`,
    evidence: [errorChain(error)],
  });
}

/** The bytes that came of a stream, and the error that it has ended with, if it has. */
export interface ReadOutcome {
  /** The bytes that came. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The error; `undefined` if the stream has ended. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Reads a stream until it ends or errors; fails the case if it does neither in time. */
export async function readOn(
  ctx: CaseContext,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  what: string,
  ms = READ_MS,
): Promise<ReadOutcome> {
  quiet(reader.closed);
  const chunks: Uint8Array[] = [];
  const movement = currentMovement.getStore();
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      movement?.tell();
      if (done) return;
      expect(ctx, value instanceof Uint8Array, {
        expected: `${what} gives Uint8Arrays`,
        observed: `it gave a value of type ${typeof value}`,
      });
      chunks.push(value);
    }
  };
  const ended = await ctx.within(ms, settle(read()), `${what} ends`);
  const bytes = concatenate(chunks);
  if (ended.status === "fulfilled") return { bytes, failure: undefined };
  if (ended.reason instanceof CaseStop) throw ended.reason;
  return { bytes, failure: { error: ended.reason } };
}

/** A capability that is declared comes with its method. */
function checkMethod(
  ctx: CaseContext,
  method: unknown,
  capability: string,
  name: string,
): void {
  expect(ctx, typeof method === "function", {
    expected: `a store whose harness declares '${capability}' has ${name}()`,
    observed: `its ${name} is ${typeof method}`,
  });
}
