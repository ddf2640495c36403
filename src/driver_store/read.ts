import type { OpenObject } from "../driver.ts";
import type { ObjectContent } from "../object_store.ts";
import { Operation } from "../operation/operation.ts";
import { makeContent } from "../transfer/object_content.ts";
import { ObjectStream } from "../transfer/object_stream.ts";
import type { CheckedCall, DriverCalls } from "./calls.ts";
import { checkSize } from "./check_size.ts";
import { openObject } from "./open_object.ts";

/**
 * Opens an object, or a range of it, as a stream (clauses 31 and 32). The operation lives as long as
 * the stream, so that its signal still counts.
 *
 * @param calls The store's calls.
 * @param call The call, whose arguments are in order.
 */
export async function read(
  calls: DriverCalls,
  call: CheckedCall,
): Promise<ObjectContent> {
  const { signal } = call.options;
  calls.checkState(call, signal);
  const operation = new Operation(signal);
  try {
    return await calls.background(openContent(calls, call, operation));
  } catch (error) {
    operation.end();
    throw calls.failureOf(operation, error, call);
  }
}

async function openContent(
  calls: DriverCalls,
  call: CheckedCall,
  operation: Operation,
): Promise<ObjectContent> {
  const { offset = 0, length = Infinity } = call.options;
  const object = await open(calls, call, operation);
  const available = Math.max(0, Math.min(length, object.size - offset));
  const stream = new ObjectStream({
    object,
    piece: available > 0 ? { offset, length: available } : undefined,
    operation,
    translate: (error) => calls.failureOf(operation, error, call),
    background: (promise) => calls.background(promise),
    cleanUp: (promise) => calls.cleanUp(promise),
  });
  calls.addStream(stream, call);
  return makeContent(stream, { size: object.size, length: available });
}

async function open(
  calls: DriverCalls,
  { key, options: { offset = 0, length } }: CheckedCall,
  operation: Operation,
): Promise<OpenObject> {
  if (offset === 0 && length === undefined) {
    const firstBytes = Number.MAX_SAFE_INTEGER;
    return await openObject(calls, key, {
      operation,
      firstBytes,
      isPaced: true,
    });
  }
  if (length === 0) {
    // No service gives a range of no bytes, so that only the size is asked.
    const { signal } = operation;
    const size = await operation.race(
      calls.background(calls.driver.getSize(key, { signal })),
    );
    checkSize(size, "the object's size");
    return { size, bodySize: 0, body: noBytes() };
  }
  return await openObject(calls, key, {
    operation,
    isPaced: true,
    // A driver without ranges begins at the start: as little as possible of that.
    firstBytes: offset === 0 ? length! : 1,
    range: { offset, ...length === undefined ? {} : { length } },
  });
}

async function* noBytes(): AsyncGenerator<Uint8Array, void> {}
