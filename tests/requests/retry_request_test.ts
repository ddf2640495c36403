import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreFailure } from "../../src/driver.ts";
import { ObjectStoreTransientError } from "../../src/errors.ts";
import { AnswerFailure } from "../../src/requests/answer_failure.ts";
import { SilentFailure } from "../../src/requests/idle_timeout.ts";
import {
  retryRequest,
  type RetryRequestOptions,
} from "../../src/requests/retry_request.ts";

/** Fails with these in turn, then fulfils; tells how often it was sent. */
async function send(
  failures: readonly unknown[],
  options?: RetryRequestOptions,
): Promise<{ sent: number; error?: unknown }> {
  let sent = 0;
  try {
    await retryRequest((attempt) => {
      assertEquals(attempt, ++sent);
      return attempt > failures.length
        ? Promise.resolve()
        : Promise.reject(failures[attempt - 1]);
    }, { minTimeout: 1, ...options });
    return { sent };
  } catch (error) {
    return { sent, error };
  }
}

const busy = new StoreFailure("TRANSIENT", "busy");

Deno.test("retryRequest() sends again after transient failures alone, and tells the last one", async () => {
  assertEquals(await send([busy, busy]), { sent: 3 });
  assertEquals(await send([new ObjectStoreTransientError("x")]), { sent: 2 });
  const last = new StoreFailure("TRANSIENT", "still busy");
  assertEquals(await send([busy, busy, last]), { sent: 3, error: last });
  for (
    const error of [
      new StoreFailure("OTHER", "TRANSIENT 503 timeout"),
      new TypeError("ECONNRESET"),
      new SilentFailure(1000),
    ]
  ) assertEquals(await send([error]), { sent: 1, error });
});

Deno.test("retryRequest() waits as the service asks, and not longer than it may", async () => {
  const answer = (seconds: string) =>
    new AnswerFailure({
      status: 503,
      headers: new Headers({ "retry-after": seconds }),
    });
  assertEquals(await send([answer("0")]), { sent: 2 });
  const long = answer("60");
  assertEquals(await send([long]), { sent: 1, error: long });
});

Deno.test("retryRequest() ends a wait with the signal's reason, and leaves nothing", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = { mine: true };
  const options = { signal, minTimeout: 10_000, maxTimeout: 20_000 };
  const running = retryRequest(() => {
    setTimeout(() => controller.abort(reason), 0);
    return Promise.reject(busy);
  }, options);
  const thrown = await running.catch((error: unknown) => error);
  assert(Object.is(thrown, reason));
  const { sent } = await send([], { signal });
  assertEquals(sent, 0);
});

for (const options of [{ maxAttempts: 0 }, { minTimeout: -1 }]) {
  Deno.test(`retryRequest() refuses ${JSON.stringify(options)}`, async () => {
    await assertRejects(
      () => retryRequest(() => Promise.resolve(), options),
      RangeError,
      Object.keys(options)[0]!,
    );
  });
}
