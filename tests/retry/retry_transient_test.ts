import { getEventListeners } from "node:events";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { RetryError } from "@std/async/retry";
import { rememberCallerError } from "../../src/operation/caller_error.ts";
import {
  ObjectNotFoundError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import {
  type RetryOptions,
  retryTransient,
} from "../../src/retry/retry_transient.ts";
import { FakeClock } from "../fake_clock.ts";

Deno.test("retryTransient() returns what the first attempt returned", async () => {
  using clock = new FakeClock();
  const script = new Script(["the result"]);
  assertEquals(await retryTransient(script.run), "the result");
  assertEquals([script.calls, clock.size], [1, 0]);
});

Deno.test("retryTransient() succeeds on the last of maxAttempts", async () => {
  using clock = new FakeClock();
  const script = new Script([busy("a"), busy("b"), busy("c"), 7]);
  const result = retryTransient(script.run, { maxAttempts: 4 });
  assertEquals((await clock.run(result)).length, 3);
  assertEquals([await result, script.calls], [7, 4]);
});

Deno.test("retryTransient() rejects with the last error itself when attempts run out", async () => {
  using clock = new FakeClock();
  const last = busy("c");
  const script = new Script([busy("a"), busy("b"), last, "too late"]);
  const result = retryTransient(script.run, { maxAttempts: 3 });
  await clock.run(result);
  assertStrictEquals(await rejection(result), last);
  assertEquals([script.calls, clock.size], [3, 0]);
});

Deno.test("retryTransient() makes five attempts by default", async () => {
  using clock = new FakeClock();
  const script = new Script(Array.from({ length: 9 }, () => busy("x")));
  const result = retryTransient(script.run);
  await clock.run(result);
  await rejection(result);
  assertEquals(script.calls, 5);
});

Deno.test("retryTransient() waits for nothing when there is one attempt", async () => {
  using clock = new FakeClock();
  const only = busy("only");
  const script = new Script([only]);
  const result = retryTransient(script.run, { maxAttempts: 1 });
  assertStrictEquals(await rejection(result), only);
  assertEquals(clock.size, 0);
});

Deno.test("retryTransient() passes a RetryError of the operation on as it is", async () => {
  const own = new RetryError(new Error("inner"), 3);
  const script = new Script([own, "not reached"]);
  assertStrictEquals(await rejection(retryTransient(script.run)), own);
  assertEquals(script.calls, 1);
});

Deno.test("retryTransient() passes a RetryError that is the reason of an abort on as it is", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const reason = new RetryError(busy("inner"), 3);
  const result = retryTransient(new Script([busy("a"), 1]).run, controller);
  await clock.nextDelay();
  controller.abort(reason);
  assertStrictEquals(await rejection(result), reason);
});

Deno.test("retryTransient() does not try again after a permanent error, and waits for nothing", async () => {
  using clock = new FakeClock();
  const missing = new ObjectNotFoundError("Cannot download: object not found");
  const script = new Script([missing, "not reached"]);
  assertStrictEquals(await rejection(retryTransient(script.run)), missing);
  assertEquals([script.calls, clock.size], [1, 0]);
});

Deno.test("retryTransient() passes on what is no Error", async () => {
  for (const thrown of ["text", 0, null, undefined, { code: "TRANSIENT" }]) {
    const result = retryTransient(() => Promise.reject(thrown));
    assertStrictEquals(await rejection(result), thrown);
  }
});

Deno.test("retryTransient() tries again when the operation throws synchronously", async () => {
  using clock = new FakeClock();
  let calls = 0;
  const result = retryTransient(() => {
    if (++calls === 1) throw busy("synchronous");
    return calls;
  });
  await clock.run(result);
  assertEquals(await result, 2);
});

Deno.test("retryTransient() tries again after a subclass of the transient error", async () => {
  using clock = new FakeClock();
  class SlowDownError extends ObjectStoreTransientError {}
  const result = retryTransient(new Script([new SlowDownError("x"), 1]).run);
  await clock.run(result);
  assertEquals(await result, 1);
});

Deno.test("retryTransient() tries again after a transient error of another copy of the package", async () => {
  using clock = new FakeClock();
  const other = await import("../../src/errors.ts?copy=retry" as string);
  const script = new Script([new other.ObjectStoreTransientError("x"), 1]);
  const result = retryTransient(script.run);
  await clock.run(result);
  assertEquals(await result, 1);
});

Deno.test("retryTransient() does not try again after an error that is known to be the caller's (clause 30)", async () => {
  const error = busy("thrown by a callback");
  rememberCallerError(error);
  const script = new Script([error, "not reached"]);
  assertStrictEquals(await rejection(retryTransient(script.run)), error);
  assertEquals(script.calls, 1);
});

Deno.test("retryTransient() calls onRetry with the error and the number of the failed attempt before each new one", async () => {
  using clock = new FakeClock();
  const events: unknown[] = [];
  const [first, second] = [busy("a"), busy("b")];
  const script = new Script([first, second, "done"]);
  const result = retryTransient(() => {
    events.push("attempt");
    return script.run();
  }, { onRetry: (error, attempt) => void events.push([error, attempt]) });
  await clock.run(result);
  await result;
  assertEquals(events, [
    "attempt",
    [first, 1],
    "attempt",
    [second, 2],
    "attempt",
  ]);
});

Deno.test("retryTransient() does not call onRetry after the last attempt", async () => {
  using clock = new FakeClock();
  const attempts: number[] = [];
  const result = retryTransient(new Script([busy("a"), busy("b")]).run, {
    maxAttempts: 2,
    onRetry: (_, attempt) => void attempts.push(attempt),
  });
  await clock.run(result);
  await rejection(result);
  assertEquals(attempts, [1]);
});

Deno.test("retryTransient() awaits an asynchronous onRetry before the new attempt", async () => {
  using clock = new FakeClock();
  const { signal } = new AbortController();
  const hook = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const script = new Script([busy("a"), "done"]);
  const result = retryTransient(script.run, {
    signal,
    onRetry() {
      called.resolve();
      return hook.promise;
    },
  });
  await clock.nextDelay();
  clock.fire();
  await called.promise;
  assertEquals(script.calls, 1);
  hook.resolve();
  assertEquals(await result, "done");
  assertEquals(getEventListeners(signal, "abort"), []);
});

Deno.test("retryTransient() rejects with what onRetry throws, even if that is transient", async () => {
  for (
    const onRetry of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]
  ) {
    using clock = new FakeClock();
    const script = new Script([busy("a"), "not reached"]);
    const result = retryTransient(script.run, { onRetry });
    await clock.run(result);
    assertStrictEquals(await rejection(result), thrown);
    assertEquals(script.calls, 1);
  }
});

const thrown = busy("thrown by the hook");

Deno.test("retryTransient() makes no new attempt when onRetry aborts", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const script = new Script([busy("a"), "not reached"]);
  const result = retryTransient(script.run, {
    signal: controller.signal,
    onRetry: () => controller.abort("enough"),
  });
  await clock.run(result);
  assertEquals(await rejection(result), "enough");
  assertEquals(script.calls, 1);
});

Deno.test("retryTransient() rejects with the reason when aborted while onRetry hangs", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const called = Promise.withResolvers<void>();
  const result = retryTransient(new Script([busy("a"), 1]).run, {
    signal: controller.signal,
    onRetry() {
      called.resolve();
      return new Promise(() => {});
    },
  });
  await clock.nextDelay();
  clock.fire();
  await called.promise;
  controller.abort("enough");
  assertEquals(await rejection(result), "enough");
});

Deno.test("retryTransient() rejects at once when aborted during a wait, and leaves no timer", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const script = new Script([busy("a"), "not reached"]);
  const result = retryTransient(script.run, { signal: controller.signal });
  await clock.nextDelay();
  controller.abort(new Error("enough"));
  assertStrictEquals(await rejection(result), controller.signal.reason);
  assertEquals([clock.size, script.calls], [0, 1]);
  assertEquals(getEventListeners(controller.signal, "abort"), []);
});

Deno.test("retryTransient() does not begin when the signal is aborted already", async () => {
  const script = new Script(["not reached"]);
  const signal = AbortSignal.abort("enough");
  const result = retryTransient(script.run, { signal });
  assertEquals(await rejection(result), "enough");
  assertEquals(script.calls, 0);
});

Deno.test("retryTransient() rejects with the reason when aborted during an attempt that fails, also the last", async () => {
  for (const maxAttempts of [1, 2]) {
    using clock = new FakeClock();
    const controller = new AbortController();
    const result = retryTransient(() => {
      controller.abort("enough");
      return Promise.reject(busy("lost"));
    }, { maxAttempts, signal: controller.signal });
    assertEquals(await rejection(result), "enough");
    assertEquals(clock.size, 0);
  }
});

Deno.test("retryTransient() returns the result of an attempt during which it was aborted", async () => {
  const controller = new AbortController();
  const result = retryTransient(() => {
    controller.abort("too late");
    return 3;
  }, { signal: controller.signal });
  assertEquals(await result, 3);
});

Deno.test("retryTransient() does not try again after its own abort, even if the reason is transient", async () => {
  const controller = new AbortController();
  const reason = busy("the caller's");
  let calls = 0;
  const result = retryTransient(() => {
    calls++;
    controller.abort(reason);
    return Promise.reject(reason);
  }, { signal: controller.signal });
  assertStrictEquals(await rejection(result), reason);
  assertEquals(calls, 1);
});

Deno.test("retryTransient() waits minTimeout times multiplier, up to maxTimeout, without jitter", async () => {
  assertEquals(
    await delays({
      maxAttempts: 7,
      minTimeout: 10,
      maxTimeout: 100,
      multiplier: 2,
      jitter: 0,
    }),
    [10, 20, 40, 80, 100, 100],
  );
});

Deno.test("retryTransient() has the default waits of @std/async", async () => {
  assertEquals(
    await delays({ jitter: 0, maxAttempts: 9 }),
    [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000],
  );
});

Deno.test("retryTransient() leaves a share of the wait to chance, within its bounds", async () => {
  for (const jitter of [1, 0.25]) {
    const found = await delays({
      maxAttempts: 300,
      minTimeout: 1000,
      maxTimeout: 1000,
      jitter,
    });
    const lowest = (1 - jitter) * 1000;
    assert(found.every((delay) => delay >= lowest && delay <= 1000));
    assert(Math.min(...found) < lowest + jitter * 200);
    assert(Math.max(...found) > 1000 - jitter * 200);
  }
});

Deno.test("retryTransient() refuses bad options by name and value, asynchronously", async () => {
  const bad: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [
      { maxAttempts: 0 },
      RangeError,
      "Cannot retry as 'maxAttempts' must be a positive integer: current value is 0",
    ],
    [{ maxAttempts: 1.5 }, RangeError, "current value is 1.5"],
    [{ maxAttempts: Infinity }, RangeError, "current value is Infinity"],
    [
      { maxAttempts: "3" },
      TypeError,
      `'maxAttempts' must be a number: current value is "3"`,
    ],
    [{ maxAttempts: null }, TypeError, "current value is null"],
    [{ minTimeout: -1 }, RangeError, "'minTimeout' must be >= 0"],
    [{ minTimeout: NaN }, RangeError, "current value is NaN"],
    [{ maxTimeout: 0 }, RangeError, "'maxTimeout' must be a positive number"],
    [{ maxTimeout: 10 }, RangeError, "'minTimeout=1000', 'maxTimeout=10'"],
    [
      { multiplier: 0.5 },
      RangeError,
      "'multiplier' must be a finite number >= 1",
    ],
    [{ multiplier: Infinity }, RangeError, "current value is Infinity"],
    [{ jitter: 1.1 }, RangeError, "'jitter' must be between 0 and 1"],
    [{ jitter: -0.1 }, RangeError, "'jitter' must be between 0 and 1"],
    [{ signal: {} }, TypeError, "'signal' must be an AbortSignal"],
    [
      { onRetry: 1 },
      TypeError,
      "'onRetry' must be a function: current value is 1",
    ],
    [{ isRetriable: true }, TypeError, "'isRetriable' is unknown"],
    [
      { maxRetries: 3 },
      TypeError,
      "'maxRetries' is unknown: current value is 3",
    ],
    [{ toString: 3 }, TypeError, "'toString' is unknown"],
    [null, TypeError, "'options' must be an object: current value is null"],
    [5, TypeError, "'options' must be an object: current value is 5"],
  ];
  for (const [options, ErrorClass, text] of bad) {
    const script = new Script(["not reached"]);
    const run = () => retryTransient(script.run, options as RetryOptions);
    await assertRejects(run, ErrorClass, text);
    assertEquals(script.calls, 0);
  }
});

Deno.test("retryTransient() takes each number at the edge of its range", async () => {
  const edges: RetryOptions[] = [
    { maxAttempts: 1 },
    { minTimeout: 0 },
    { multiplier: 1 },
    { jitter: 0 },
    { jitter: 1 },
    { minTimeout: 60_000 },
    { minTimeout: 5, maxTimeout: 5 },
  ];
  for (const options of edges) {
    assertEquals(await retryTransient(() => "done", options), "done");
  }
  await assertRejects(
    () => retryTransient(() => "done", { minTimeout: 60_001 }),
    RangeError,
    "current values 'minTimeout=60001', 'maxTimeout=60000'",
  );
});

Deno.test("retryTransient() refuses an operation that is no function, asynchronously", async () => {
  const run = () => retryTransient("no" as unknown as () => void);
  await assertRejects(run, TypeError, "'operation' must be a function");
});

Deno.test("retryTransient() takes options that are frozen or undefined", async () => {
  const options: unknown = Object.freeze({ maxAttempts: undefined });
  const script = new Script([1, 2]);
  assertEquals(await retryTransient(script.run, options as RetryOptions), 1);
  assertEquals(await retryTransient(script.run, undefined), 2);
});

/** An operation with a list of outcomes: errors are thrown, all else returned. */
class Script {
  calls = 0;
  readonly #outcomes: readonly unknown[];

  constructor(outcomes: readonly unknown[]) {
    this.#outcomes = outcomes;
  }

  run = async (): Promise<unknown> => {
    await Promise.resolve();
    const outcome = this.#outcomes[this.calls++];
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
}

function busy(message: string): ObjectStoreTransientError {
  return new ObjectStoreTransientError(message);
}

async function delays(options: RetryOptions): Promise<number[]> {
  using clock = new FakeClock();
  const result = retryTransient(() => Promise.reject(busy("x")), options);
  const found = await clock.run(result);
  await rejection(result);
  return found;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Expected a rejection, but it resolved to ${value}`);
}
