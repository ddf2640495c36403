import { resolveDestination } from "../local/destination.ts";
import { saveDestination } from "../local/saved_file.ts";
import { receive } from "../transfer/receive.ts";
import type { CheckedCall, DriverCalls } from "./calls.ts";
import { closeObject, openObject } from "./open_object.ts";
import { startTransfer } from "./start_transfer.ts";

/**
 * Stores an object as a local file: looks at the destination, opens the
 * object, receives it into a temporary file, and gives that its name (clauses
 * 10 to 15).
 *
 * @param calls The store's calls.
 * @param call The call, whose arguments are in order.
 * @param path The destination, an absolute path.
 */
export async function download(
  calls: DriverCalls,
  call: CheckedCall,
  path: string,
): Promise<void> {
  const { overwrite = false } = call.options;
  await calls.run(call, async (operation) => {
    const transfer = startTransfer(calls, operation, call);
    const destination = await operation.local(
      resolveDestination(path, { ...call, overwrite }),
    );
    const began = performance.now();
    const object = await openObject(calls, call.key, {
      operation,
      firstBytes: calls.settings.firstBytes,
    });
    const latency = performance.now() - began;
    const file = await operation.local(saveDestination(destination)).catch(
      async (error) => {
        await closeObject(calls, object);
        throw error;
      },
    );
    try {
      transfer.progress.begin(object.size);
      const receiving = calls.background(
        receive(transfer, object, { file, latency })
          .finally(() => closeObject(calls, object)),
      );
      await operation.race(receiving);
      await operation.race(transfer.progress.finish());
      operation.check();
      await operation.local(file.publish({ signal: operation.signal }));
    } finally {
      transfer.progress.stop();
      // Only an abort has to be quick; after any other failure nothing is left, however busy the disk.
      const discarded = file.discard();
      if (call.options.signal?.aborted) await calls.cleanUp(discarded);
      else await calls.background(discarded).catch(() => {});
    }
  });
}
