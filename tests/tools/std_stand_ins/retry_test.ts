// What the project relies on in `@std/async/retry`. Run with the stand-in, these hold it to what the
// true one does; run with the true one, they hold the project to it.
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { retry, RetryError, type RetryOptions } from "@std/async/retry";
import { getEventListeners } from "node:events";

Deno.test("retry() resolves to what the first successful attempt returns", async () => {
  using _clock = fakeClock();
  const operation = failTimes(2, "done");
  assertEquals(await retry(operation), "done");
  assertEquals(operation.calls(), 3);
});

Deno.test("retry() takes a function that returns or throws synchronously", async () => {
  using _clock = fakeClock();
  let calls = 0;
  const result = await retry(() => {
    if (++calls === 1) throw new Error("once");
    return calls;
  });
  assertEquals(result, 2);
});

Deno.test("retry() calls its operation without arguments", async () => {
  const seen: unknown[][] = [];
  await retry((...args: unknown[]) => void seen.push(args));
  assertEquals(seen, [[]]);
});

Deno.test("retry() makes five attempts with doubled waits by default", async () => {
  using clock = fakeClock({ random: 0 });
  const operation = failTimes(Infinity);
  await assertRejects(() => retry(operation), RetryError);
  assertEquals(operation.calls(), 5);
  assertEquals(clock.waits, [1000, 2000, 4000, 8000]);
});

Deno.test("retry() throws a RetryError with the last failure as its own property cause", async () => {
  using _clock = fakeClock();
  const failures = [new Error("first"), new Error("second")];
  let calls = 0;
  const error = await assertRejects(
    () => retry(() => Promise.reject(failures[calls++]), { maxAttempts: 2 }),
    RetryError,
    "Retrying exceeded the maxAttempts (2).",
  );
  assertStrictEquals(error.cause, failures[1]);
  assertEquals(error.name, "RetryError");
  assert(Object.keys(error).includes("cause"));
  assertInstanceOf(error, Error);
});

Deno.test("retry() throws a RetryError also after a single attempt", async () => {
  using clock = fakeClock();
  const operation = failTimes(Infinity);
  const error = await assertRejects(
    () => retry(operation, { maxAttempts: 1 }),
    RetryError,
  );
  assertEquals(error.message, "Retrying exceeded the maxAttempts (1).");
  assertEquals(operation.calls(), 1);
  assertEquals(clock.waits, []);
});

Deno.test("retry() multiplies waits up to maxTimeout", async () => {
  using clock = fakeClock();
  const options = {
    minTimeout: 100,
    multiplier: 3,
    maxTimeout: 1000,
    maxAttempts: 6,
    jitter: 0,
  };
  await assertRejects(() => retry(failTimes(Infinity), options), RetryError);
  assertEquals(clock.waits, [100, 300, 900, 1000, 1000]);
});

Deno.test("retry() waits between nothing and the backoff with full jitter", async () => {
  using clock = fakeClock({ random: 0.75 });
  await assertRejects(() => retry(failTimes(Infinity)), RetryError);
  assertEquals(clock.waits, [250, 500, 1000, 2000]);
});

Deno.test("retry() takes off the jitter's share of the wait only, in whole milliseconds", async () => {
  using clock = fakeClock({ random: 0.5 });
  const options = { jitter: 0.25, minTimeout: 101, maxAttempts: 3 };
  await assertRejects(() => retry(failTimes(Infinity), options), RetryError);
  assertEquals(clock.waits, [88, 176]);
});

Deno.test("retry() waits through a timer of no length when minTimeout is 0", async () => {
  using clock = fakeClock();
  const options = { minTimeout: 0, maxAttempts: 3 };
  await assertRejects(() => retry(failTimes(Infinity), options), RetryError);
  assertEquals(clock.waits, [0, 0]);
});

Deno.test("retry() splits a wait that is longer than a timer can hold", async () => {
  using clock = fakeClock();
  const longest = 2 ** 31 - 1;
  const options = {
    minTimeout: longest + 5000,
    maxTimeout: Infinity,
    maxAttempts: 2,
    jitter: 0,
  };
  await assertRejects(() => retry(failTimes(Infinity), options), RetryError);
  assertEquals(clock.waits, [longest, 5000]);
});

Deno.test("retry() throws what is not retriable as it is, at once", async () => {
  using clock = fakeClock();
  const failure = new Error("for good");
  const seen: unknown[] = [];
  const error = await assertRejects(() =>
    retry(() => Promise.reject(failure), {
      isRetriable(error) {
        seen.push(error);
        return false;
      },
    })
  );
  assertStrictEquals(error, failure);
  assertEquals(seen.length, 1);
  assertStrictEquals(seen[0], failure);
  assertEquals(clock.waits, []);
});

Deno.test("retry() asks isRetriable also about the last failure", async () => {
  using _clock = fakeClock();
  const failure = new Error("for good");
  let asked = 0;
  const error = await assertRejects(() =>
    retry(() => Promise.reject(failure), {
      maxAttempts: 2,
      isRetriable: () => ++asked < 2,
    })
  );
  assertStrictEquals(error, failure);
});

Deno.test("retry() rejects with what isRetriable throws", async () => {
  const failure = new RangeError("no idea");
  const error = await assertRejects(() =>
    retry(() => Promise.reject(new Error("first")), {
      isRetriable() {
        throw failure;
      },
    })
  );
  assertStrictEquals(error, failure);
});

Deno.test("retry() makes no attempt when its signal has been aborted", async () => {
  const operation = failTimes(0);
  const reason = { my: "reason" };
  const error = await assertRejects(() =>
    retry(operation, { signal: AbortSignal.abort(reason) })
  );
  assertStrictEquals(error, reason);
  assertEquals(operation.calls(), 0);
});

Deno.test("retry() ends its wait with the signal's reason, and takes its timer and listener off", async () => {
  using clock = fakeClock({ runs: false });
  const controller = new AbortController();
  const operation = failTimes(Infinity);
  const promise = retry(operation, { signal: controller.signal });
  await clock.waiting;
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => promise), reason);
  assertEquals(operation.calls(), 1);
  assertEquals(clock.cleared, 1);
  assertEquals(getEventListeners(controller.signal, "abort"), []);
});

Deno.test("retry() leaves no listener on its signal after success", async () => {
  using _clock = fakeClock();
  const { signal } = new AbortController();
  await retry(failTimes(3), { signal });
  assertEquals(getEventListeners(signal, "abort"), []);
});

Deno.test("retry() does not interrupt an attempt, and rejects with the reason after it has failed", async () => {
  using clock = fakeClock();
  const controller = new AbortController();
  const reason = new Error("enough");
  const error = await assertRejects(() =>
    retry(() => {
      controller.abort(reason);
      return Promise.reject(new Error("attempt"));
    }, { signal: controller.signal })
  );
  assertStrictEquals(error, reason);
  assertEquals(clock.waits, []);
});

Deno.test("retry() keeps the result of an attempt during which its signal was aborted", async () => {
  const controller = new AbortController();
  const result = await retry(() => {
    controller.abort();
    return "kept";
  }, { signal: controller.signal });
  assertEquals(result, "kept");
});

Deno.test("retry() rejects options that are out of range, and makes no attempt", async () => {
  const cases: [RetryOptions, string][] = [
    [
      { maxAttempts: 0 },
      "'maxAttempts' must be a positive integer: current value is 0",
    ],
    [
      { maxAttempts: 1.5 },
      "'maxAttempts' must be a positive integer: current value is 1.5",
    ],
    [
      { maxAttempts: Infinity },
      "'maxAttempts' must be a positive integer: current value is Infinity",
    ],
    [
      { multiplier: 0.5 },
      "'multiplier' must be a finite number >= 1: current value is 0.5",
    ],
    [
      { multiplier: Infinity },
      "'multiplier' must be a finite number >= 1: current value is Infinity",
    ],
    [
      { maxTimeout: 0 },
      "'maxTimeout' must be a positive number: current value is 0",
    ],
    [
      { maxTimeout: NaN },
      "'maxTimeout' must be a positive number: current value is NaN",
    ],
    [{ minTimeout: -1 }, "'minTimeout' must be >= 0: current value is -1"],
    [{ minTimeout: NaN }, "'minTimeout' must be >= 0: current value is NaN"],
    [
      { minTimeout: 2, maxTimeout: 1 },
      "'minTimeout' must be <= 'maxTimeout': current values 'minTimeout=2', 'maxTimeout=1'",
    ],
    [
      { maxTimeout: 500 },
      "'minTimeout' must be <= 'maxTimeout': current values 'minTimeout=1000', 'maxTimeout=500'",
    ],
    [
      { jitter: -0.1 },
      "'jitter' must be between 0 and 1: current value is -0.1",
    ],
    [{ jitter: 1.1 }, "'jitter' must be between 0 and 1: current value is 1.1"],
    [{ jitter: NaN }, "'jitter' must be between 0 and 1: current value is NaN"],
  ];
  for (const [options, message] of cases) {
    const operation = failTimes(0);
    const error = await assertRejects(
      () => retry(operation, options),
      RangeError,
    );
    assertEquals(error.message, `Cannot retry as ${message}`);
    assertEquals(operation.calls(), 0);
  }
});

Deno.test("retry() looks at its options in a fixed order, before the signal", async () => {
  const wrong = {
    signal: AbortSignal.abort(),
    jitter: 2,
    minTimeout: -1,
    maxTimeout: 0,
    multiplier: 0,
    maxAttempts: 0,
  };
  const order = [
    ["maxAttempts", 1],
    ["multiplier", 1],
    ["maxTimeout", 5],
    ["minTimeout", 5],
    ["jitter", 1],
  ] as const;
  for (const [name, right] of order) {
    await assertRejects(
      () => retry(() => {}, wrong),
      RangeError,
      `Cannot retry as '${name}' must`,
    );
    wrong[name] = right;
  }
  await assertRejects(() => retry(() => {}, wrong), DOMException);
});

interface Operation {
  (): Promise<string>;
  /** How often it has been called. */
  calls(): number;
}

function failTimes(times: number, result = "result"): Operation {
  let calls = 0;
  const operation = () =>
    ++calls <= times
      ? Promise.reject(new Error(`attempt ${calls}`))
      : Promise.resolve(result);
  return Object.assign(operation, { calls: () => calls });
}

interface FakeClock extends Disposable {
  /** The length of every timer that was set, in order. */
  waits: number[];
  /** How many timers were cleared. */
  readonly cleared: number;
  /** Resolves once a timer has been set. */
  waiting: Promise<void>;
}

/** Makes timers fire at once (with `runs: false` never), time pass with them, and chance certain. */
function fakeClock({ random = 0, runs = true } = {}): FakeClock {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    random: Math.random,
    now: Date.now,
  };
  const waits: number[] = [];
  const { promise: waiting, resolve: onWait } = Promise.withResolvers<void>();
  let cleared = 0;
  let now = 1_000_000;

  Math.random = () => random;
  Date.now = () => now;
  Object.assign(globalThis, {
    setTimeout(callback: () => void, ms: number) {
      waits.push(ms);
      now += ms;
      onWait();
      if (runs) queueMicrotask(callback);
      return waits.length;
    },
    clearTimeout: () => cleared++,
  });
  return {
    waits,
    waiting,
    get cleared() {
      return cleared;
    },
    [Symbol.dispose]() {
      const { setTimeout, clearTimeout } = real;
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Math.random = real.random;
      Date.now = real.now;
    },
  };
}
