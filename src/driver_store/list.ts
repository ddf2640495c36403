import { StoreFailure } from "../driver.ts";
import { listingUri } from "../object_name.ts";
import type { OperationOptions } from "../object_store.ts";
import { Operation } from "../operation/operation.ts";
import { refuseArgument } from "../refusal.ts";
import type { DriverCalls } from "./calls.ts";
import { checkOptions } from "./check_arguments.ts";
import type { Call } from "./store_errors.ts";

/** A NUL or a lone surrogate. */
const NO_NAME_HAS = /\0|\p{Surrogate}/u;

/**
 * Lists the names of a store's objects, without the store's prefix.
 *
 * @param calls The calls of a store whose driver lists.
 * @param prefix What the names begin with; it may end inside a segment.
 * @param options The caller's options.
 */
export async function* list(
  calls: DriverCalls,
  prefix: unknown = "",
  options?: OperationOptions,
): AsyncGenerator<string, void> {
  const { signal } = checkOptions(options, ["signal"]);
  if (typeof prefix !== "string") {
    throw refuseArgument("prefix", "be a string", prefix);
  }
  const base = calls.keyPrefix;
  const uri = listingUri((name) => calls.driver.getUri(base + name));
  const call: Call = { action: "list", uri };
  calls.checkState(call, signal);
  const operation = new Operation(signal);
  let iterator: AsyncIterator<string> | undefined;
  try {
    // A prefix may end inside a character, or hold what no name has.
    const asked = prefix.split(NO_NAME_HAS, 1)[0] ?? "";
    const keys = calls.driver.list!(base + asked, { signal: operation.signal });
    iterator = keys[Symbol.asyncIterator]();
    for (;;) {
      calls.checkOpen(call);
      operation.check();
      const { done, value } = await operation.race(
        calls.background(iterator.next()),
      );
      if (done) return;
      checkListed(value, base);
      const name = value.slice(base.length);
      if (name.startsWith(prefix)) yield name;
    }
  } catch (error) {
    throw calls.failureOf(operation, error, call);
  } finally {
    operation.end();
    const returned = iterator?.return?.();
    if (returned) calls.background(returned);
  }
}

/** Refuses a listed key that no name can have, or that is not below the store's prefix. */
function checkListed(key: unknown, base: string): void {
  if (typeof key !== "string" || !key.isWellFormed()) {
    throw new StoreFailure("OTHER", "a listed name is no well-formed string");
  }
  if (key.startsWith(base)) return;
  throw new StoreFailure("OTHER", "a listed name is outside the prefix");
}
