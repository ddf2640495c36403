import { openSource } from "../local/source.ts";
import { send } from "../transfer/send.ts";
import type { CheckedCall, DriverCalls } from "./calls.ts";
import { startTransfer } from "./start_transfer.ts";

/**
 * Stores a local file: opens it, sends it, and reports the end when the
 * service has confirmed the object (clauses 8, 9 and 19).
 *
 * @param calls The store's calls.
 * @param call The call, whose arguments are in order.
 * @param path The source, an absolute path.
 */
export async function upload(
  calls: DriverCalls,
  call: CheckedCall,
  path: string,
): Promise<void> {
  await calls.run(call, async (operation) => {
    const transfer = startTransfer(calls, operation, call);
    const source = await operation.local(openSource(path));
    try {
      operation.check();
      const { signal } = operation;
      const sending = calls.background(
        send(transfer, call.key, source, { signal }),
      );
      await operation.race(sending).catch(async (error) => {
        transfer.progress.stop();
        await calls.cleanUp(sending);
        throw error;
      });
      await operation.race(transfer.progress.finish());
      operation.check();
    } finally {
      transfer.progress.stop();
      await calls.cleanUp(source.close());
    }
  });
}
