import { Progress } from "../local/progress.ts";
import type { Operation } from "../operation/operation.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { CheckedCall, DriverCalls } from "./calls.ts";

/**
 * Makes what the two ends of a transfer share, with the caller's callback.
 *
 * @param calls The store's calls.
 * @param operation The operation; a callback that throws ends it.
 * @param call The call.
 */
export function startTransfer(
  calls: DriverCalls,
  operation: Operation,
  call: CheckedCall,
): Transfer {
  const { driver } = calls;
  const progress = new Progress(call.options.callback, {
    onError: (error) => operation.failByCaller(error),
  });
  return {
    operation,
    progress,
    driver,
    settings: calls.settings,
    line: calls.line,
    fail: (error) => operation.fail(calls.failureOf(operation, error, call)),
  };
}
