import type { StoringOptions } from "../driver.ts";
import type { ObjectData } from "../object_store.ts";
import type { Operation } from "../operation/operation.ts";
import { openMemory } from "../transfer/memory_source.ts";
import { send } from "../transfer/send.ts";
import { sendStream } from "../transfer/send_stream.ts";
import { StreamSource } from "../transfer/stream_source.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { CheckedCall, DriverCalls } from "./calls.ts";
import { startTransfer } from "./start_transfer.ts";

/**
 * Stores data that is in no file (clause 33).
 *
 * @param calls The store's calls.
 * @param call The call, whose arguments are in order.
 * @param data What is stored.
 */
export async function write(
  calls: DriverCalls,
  call: CheckedCall,
  data: ObjectData,
): Promise<void> {
  await calls.run(call, async (operation) => {
    const transfer = startTransfer(calls, operation, call);
    const sending = calls.background(
      data instanceof ReadableStream
        ? passStream(calls, call, transfer, data)
        : passMemory(call, transfer, data),
    );
    try {
      await operation.race(sending).catch(async (error) => {
        transfer.progress.stop();
        await calls.cleanUp(sending);
        throw error;
      });
      await operation.race(transfer.progress.finish());
      operation.check();
    } finally {
      transfer.progress.stop();
    }
  });
}

async function passMemory(
  call: CheckedCall,
  transfer: Transfer,
  data: Exclude<ObjectData, ReadableStream>,
): Promise<void> {
  const source = openMemory(
    typeof data === "string" ? new TextEncoder().encode(data) : data,
  );
  await send(transfer, call.key, source, storingOf(call, transfer.operation));
}

async function passStream(
  calls: DriverCalls,
  call: CheckedCall,
  transfer: Transfer,
  data: ReadableStream<Uint8Array>,
): Promise<void> {
  const { operation } = transfer;
  const source = new StreamSource(data, operation);
  try {
    await sendStream(transfer, source, {
      key: call.key,
      size: call.options.size,
      storing: storingOf(call, operation),
    });
  } catch (error) {
    transfer.fail(error);
    throw error;
  } finally {
    // The caller's stream may take its time to be cancelled.
    await calls.cleanUp(source.release(operation.failure));
  }
}

function storingOf(
  { options: { contentType } }: CheckedCall,
  { signal }: Operation,
): StoringOptions {
  return contentType === undefined ? { signal } : { signal, contentType };
}
