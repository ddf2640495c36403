import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { bytesOf, openOnServer, PART_SIZE } from "./store_on_server.ts";

const MIB = 2 ** 20;
const BYTES = bytesOf(2 * PART_SIZE + 5);
const MOMENTS = 30;

/** A signal that fires after so many turns of the event loop, which are the moments of an operation. */
class Moment implements Disposable {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(turns: number, readonly reason: Error) {
    this.#turn(turns);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #turn(left: number): void {
    if (left <= 0) return this.#controller.abort(this.reason);
    this.#timer = setTimeout(() => this.#turn(left - 1), left % 3);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

Deno.test("a read that is aborted at any moment rejects with the reason or was whole", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  let aborted = 0;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const reason = new Error(`moment ${moment}`);
    using abort = new Moment(moment, reason);
    const { signal } = abort;
    try {
      const { stream } = await on.store.readObject("a", { signal });
      let count = 0;
      for await (const chunk of stream) {
        count += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assertEquals(count, BYTES.length);
    } catch (error) {
      assertStrictEquals(error, reason);
      aborted++;
    }
  }
  assert(aborted > 0 && aborted < MOMENTS, `${aborted}`);
});

Deno.test("a stream that is cancelled at any moment leaves a store that works", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  for (let moment = 0; moment < 12; moment++) {
    const { stream } = await on.store.readObject("a");
    const reader = stream.getReader();
    for (let read = 0; read < moment; read++) await reader.read();
    const pending = moment % 2 === 0 ? reader.read() : undefined;
    await reader.cancel();
    await pending;
  }
  assertEquals(await (await on.store.readObject("a")).bytes(), BYTES);
});

Deno.test("a write that is aborted at any moment leaves nothing, or has stored all of it", async () => {
  await using on = await openOnServer();
  let stored = 0;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const name = `${moment}`;
    const reason = new Error(`moment ${moment}`);
    using abort = new Moment(moment, reason);
    let at = 0;
    let wasCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (at >= BYTES.length) return controller.close();
        controller.enqueue(BYTES.slice(at, at += MIB));
      },
      cancel: () => void (wasCancelled = true),
    }, { highWaterMark: 0 });
    try {
      const { signal } = abort;
      await on.store.writeObject(name, stream, { signal });
      assertEquals(on.server.objects.get(name)?.bytes, BYTES);
      stored++;
    } catch (error) {
      assertStrictEquals(error, reason);
      // The commit may have been under way.
      const object = on.server.objects.get(name);
      if (object) assertEquals(object.bytes, BYTES);
      assert(wasCancelled || at >= BYTES.length);
    }
  }
  await on.store.close();
  assertEquals(on.server.uploads.size, 0);
  assert(stored > 0 && stored < MOMENTS, `${stored}`);
});
