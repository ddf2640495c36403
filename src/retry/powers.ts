import type {
  DeletableObjectStore,
  ObjectContent,
  ObjectStore,
  OperationOptions,
  ReadableObjectStore,
  WritableObjectStore,
} from "../object_store.ts";
import { isDeletable, isReadable, isWritable } from "../powers.ts";
import { followContent } from "./follow_content.ts";
import { RetriedStream } from "./retried_stream.ts";
import type { RetryRun } from "./run.ts";

/** The optional powers of one call each. */
export type Powers =
  & Pick<ReadableObjectStore, "readObject">
  & Pick<WritableObjectStore, "writeObject">
  & Pick<DeletableObjectStore, "deleteObject">;

/** A call of one of the powers. */
export interface PowerCall<T, O extends OperationOptions> {
  /** The action, for messages. */
  readonly action: string;
  readonly objectName: string;
  /** The data, as the caller gave it. */
  readonly options: O | undefined;
  /** Takes over what an operation has needed, if its result still needs it; it is released with that. */
  readonly keepRun?: (result: T, run: RetryRun<unknown>) => T;
}

/** Makes attempts at a call. */
export type Operate = <T, O extends OperationOptions>(
  call: PowerCall<T, O>,
  operation: (options: O | undefined) => Promise<T>,
) => Promise<T>;

/**
 * Makes those powers that a store has, each with attempts.
 *
 * @param store The store.
 * @param operate Makes the attempts.
 */
export function retryPowers(
  store: ObjectStore,
  operate: Operate,
): Partial<Powers> {
  const powers: { -readonly [Name in keyof Powers]?: Powers[Name] } = {};
  if (isReadable(store)) {
    // Only until the stream is given: what has come of it by then cannot come again.
    powers.readObject = (objectName, options) =>
      operate<ObjectContent, NonNullable<typeof options>>(
        { action: "read", objectName, options, keepRun: followContent },
        (attempt) => store.readObject(objectName, attempt),
      );
  }
  if (isWritable(store)) {
    powers.writeObject = async (objectName, data, options) => {
      const call = { action: "write", objectName, options };
      if (!(data instanceof ReadableStream) || data.locked) {
        return await operate(
          call,
          (attempt) => store.writeObject(objectName, data, attempt),
        );
      }
      const stream = new RetriedStream(data);
      try {
        await operate(
          call,
          (attempt) =>
            stream.attempt((fresh) =>
              store.writeObject(objectName, fresh, attempt)
            ),
        );
      } catch (error) {
        stream.cancel(error);
        throw error;
      }
    };
  }
  if (isDeletable(store)) {
    powers.deleteObject = (objectName, options) =>
      operate(
        { action: "delete", objectName, options },
        (attempt) => store.deleteObject(objectName, attempt),
      );
  }
  return powers;
}
