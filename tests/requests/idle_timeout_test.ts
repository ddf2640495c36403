import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { IdleTimeout, SilentFailure } from "../../src/requests/idle_timeout.ts";

/** Short for a test, long for a machine that does something else. */
const TIMEOUT_MS = 200;
const LONG_MS = 60_000;

async function* chunksOf(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size));
}

/** Chunks, and then nothing for ever; `isOver` once nobody wants more. */
function hanging(...sizes: number[]) {
  const state = { isOver: false };
  const left = [...sizes];
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        const size = left.shift();
        return size === undefined
          ? new Promise<never>(() => {})
          : Promise.resolve({ done: false, value: new Uint8Array(size) });
      },
      return() {
        state.isOver = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { body, state };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}

Deno.test("IdleTimeout passes a download through, and leaves no timer and no listener", async () => {
  // The sanitizers look for timers.
  const idle = new IdleTimeout(LONG_MS);
  assertEquals(await readAll(idle.watchDownload(chunksOf(3, 0, 4))), 7);
  assert(!idle.signal.aborted);
});

Deno.test("IdleTimeout ends a download that is silent, although the body takes no notice", async () => {
  const { body, state } = hanging(3);
  using idle = new IdleTimeout(TIMEOUT_MS);
  const error = await assertRejects(
    () => readAll(idle.watchDownload(body)),
    SilentFailure,
    `no byte for ${TIMEOUT_MS} ms`,
  );
  assertEquals(error.code, "TRANSIENT");
  assert(Object.is(idle.signal.reason, error));
  assert(state.isOver, "the body should be let go");
});

Deno.test("IdleTimeout ends a request whose answer never comes", async () => {
  using idle = new IdleTimeout(TIMEOUT_MS);
  const { promise, resolve } = Promise.withResolvers<void>();
  idle.signal.addEventListener("abort", () => resolve());
  await promise;
  assert(idle.signal.reason instanceof SilentFailure);
});

Deno.test("IdleTimeout does not count the time of a reader", async () => {
  using idle = new IdleTimeout(TIMEOUT_MS);
  for await (const _ of idle.watchDownload(chunksOf(1, 1))) {
    // Longer than the timeout: another one of the same length has run out meanwhile.
    const other = new IdleTimeout(2 * TIMEOUT_MS);
    await new Promise<void>((resolve) =>
      other.signal.addEventListener("abort", () => resolve())
    );
  }
  assert(!idle.signal.aborted);
});

Deno.test("IdleTimeout does not count the time before the first read of a body that it was given", async () => {
  using idle = new IdleTimeout(TIMEOUT_MS);
  const chunks = idle.watchDownload(chunksOf(1, 1));
  const other = new IdleTimeout(2 * TIMEOUT_MS);
  await new Promise<void>((resolve) =>
    other.signal.addEventListener("abort", () => resolve())
  );
  assertEquals(await readAll(chunks), 2);
});

Deno.test("IdleTimeout counts from the first read on", async () => {
  const { body } = hanging();
  using idle = new IdleTimeout(TIMEOUT_MS);
  const chunks = idle.watchDownload(body);
  await assertRejects(() => readAll(chunks), SilentFailure);
});

Deno.test("IdleTimeout ends when nobody reads, and lets the body go", async () => {
  const { body, state } = hanging(3);
  // The sanitizers look for its timer.
  const idle = new IdleTimeout(LONG_MS);
  await idle.watchDownload(body).return();
  assert(state.isOver);
});

Deno.test("IdleTimeout ends when the reader stops, and lets the body go", async () => {
  const { body, state } = hanging(3, 4);
  const idle = new IdleTimeout(LONG_MS);
  for await (const _ of idle.watchDownload(body)) break;
  assert(state.isOver);
});

Deno.test("IdleTimeout ends with the caller's own reason", async () => {
  const controller = new AbortController();
  const { body } = hanging(1);
  using idle = new IdleTimeout(LONG_MS, { signal: controller.signal });
  const reading = readAll(idle.watchDownload(body));
  const reason = { mine: true };
  controller.abort(reason);
  const thrown = await reading.catch((error: unknown) => error);
  assert(Object.is(thrown, reason));
  using late = new IdleTimeout(LONG_MS, { signal: controller.signal });
  assert(Object.is(late.signal.reason, reason));
});

Deno.test("IdleTimeout ends an upload that nobody takes, and its source", async () => {
  const { body, state } = hanging(1, 1);
  using idle = new IdleTimeout(TIMEOUT_MS);
  const reader = idle.watchUpload(body).getReader();
  assertEquals((await reader.read()).value?.length, 1);
  await new Promise<void>((resolve) =>
    idle.signal.addEventListener("abort", () => resolve())
  );
  await assertRejects(() => reader.read(), SilentFailure);
  assert(state.isOver);
});

Deno.test("IdleTimeout does not count the time of an upload's source", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Uint8Array> {
    await promise;
    yield new Uint8Array(5);
  }
  using idle = new IdleTimeout(TIMEOUT_MS);
  const size = readAll(idle.watchUpload(slow()));
  const other = new IdleTimeout(2 * TIMEOUT_MS);
  other.signal.addEventListener("abort", () => resolve());
  assertEquals(await size, 5);
  assert(!idle.signal.aborted);
});

Deno.test("IdleTimeout gives a body that fetch sends whole", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => new Response(`${(await request.bytes()).length}`),
  );
  using idle = new IdleTimeout(LONG_MS);
  const response = await fetch(`http://127.0.0.1:${server.addr.port}`, {
    method: "PUT",
    body: idle.watchUpload(chunksOf(100_000, 1)),
    signal: idle.signal,
  });
  assertEquals(await response.text(), "100001");
});

for (const timeout of [0, -1, NaN, Infinity]) {
  Deno.test(`IdleTimeout refuses a timeout of ${timeout}`, () => {
    assertThrows(() => new IdleTimeout(timeout), RangeError, `${timeout}`);
  });
}
