import { assertEquals, assertStrictEquals } from "@std/assert";
import { Progress } from "../../src/local/progress.ts";

function failOn(error: unknown): never {
  throw error;
}

/** Waits until everything that is settled has been passed on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Progress reports what goes up, and the total from finish() alone", async () => {
  const seen: number[][] = [];
  const progress = new Progress((...numbers) => void seen.push(numbers), {
    onError: failOn,
  });
  progress.begin(10);
  for (const bytes of [4, 4, 3, 10, 11, 9]) progress.report(bytes);
  assertEquals(seen, [[0, 10], [4, 10], [9, 10]]);
  await progress.finish();
  assertEquals(seen.slice(3), [[10, 10]]);
});

Deno.test("Progress of an empty object is one (0, 0)", async () => {
  const seen: number[][] = [];
  const progress = new Progress((...numbers) => void seen.push(numbers), {
    onError: failOn,
  });
  progress.begin(0);
  await progress.finish();
  assertEquals(seen, [[0, 0]]);
});

Deno.test("Progress skips to the latest while a call is waited for", async () => {
  const seen: number[] = [];
  const calls: PromiseWithResolvers<void>[] = [];
  const progress = new Progress((bytes) => {
    seen.push(bytes);
    calls.push(Promise.withResolvers());
    return calls.at(-1)!.promise;
  }, { onError: failOn });
  progress.begin(10);
  for (const bytes of [2, 5]) progress.report(bytes);
  assertEquals(seen, [0]);
  const finishing = progress.finish();
  calls[0]!.resolve();
  await turn();
  assertEquals(seen, [0, 5]);
  calls[1]!.resolve();
  await turn();
  assertEquals(seen, [0, 5, 10]);
  let isFinished = false;
  finishing.then(() => isFinished = true);
  await turn();
  assertEquals(isFinished, false);
  calls[2]!.resolve();
  await finishing;
});

Deno.test("Progress calls nobody after stop(), and hears no failure of a call that still runs", async () => {
  const failures: unknown[] = [];
  const seen: number[] = [];
  const call = Promise.withResolvers<void>();
  const progress = new Progress((bytes) => {
    seen.push(bytes);
    return call.promise;
  }, { onError: (error) => failures.push(error) });
  progress.begin(10);
  progress.report(5);
  progress.stop();
  call.reject(new Error("late"));
  await progress.finish();
  progress.report(6);
  assertEquals(seen, [0]);
  assertEquals(failures, []);
});

Deno.test("Progress tells of a callback that throws or rejects, once, and calls it no more", async () => {
  const error = new Error("full");
  for (const fail of [() => failOn(error), () => Promise.reject(error)]) {
    const failures: unknown[] = [];
    let calls = 0;
    const progress = new Progress(() => (calls++, fail()), {
      onError: (error) => failures.push(error),
    });
    progress.begin(10);
    progress.report(5);
    await progress.finish();
    assertEquals(calls, 1);
    assertEquals(failures.length, 1);
    assertStrictEquals(failures[0], error);
  }
});
