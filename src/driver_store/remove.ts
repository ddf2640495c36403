import type { CheckedCall, DriverCalls } from "./calls.ts";

/**
 * Removes an object (clause 34).
 *
 * @param calls The calls of a store whose driver deletes.
 * @param call The call, whose arguments are in order.
 */
export async function remove(
  calls: DriverCalls,
  call: CheckedCall,
): Promise<void> {
  await calls.run(call, async (operation) => {
    const { signal } = operation;
    await operation.race(
      calls.background(calls.driver.delete!(call.key, { signal })),
    );
  });
}
