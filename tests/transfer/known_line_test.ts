import { assertEquals, assertRejects } from "@std/assert";
import { KnownLine } from "../../src/transfer/known_line.ts";

Deno.test("KnownLine knows a rate for half a minute", async () => {
  let time = 0;
  const line = new KnownLine({ now: () => time });
  assertEquals(line.rate, 0);
  await line.run(() => Promise.resolve(line.learn(5)));
  time = 29_999;
  assertEquals(line.rate, 5);
  time = 30_000;
  assertEquals(line.rate, 0);
});

Deno.test("KnownLine neither learns from downloads side by side nor tells them a rate", async () => {
  const line = new KnownLine({ now: () => 0 });
  line.learn(5);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const both = [
    line.run(() => first.promise),
    line.run(() => second.promise),
  ];
  assertEquals(line.rate, 0);
  first.resolve();
  await both[0];
  // What the second has measured is its share.
  line.learn(7);
  assertEquals(line.rate, 0);
  second.resolve();
  await both[1];
  assertEquals(line.rate, 5);
});

Deno.test("KnownLine counts a download that fails as over", async () => {
  const line = new KnownLine({ now: () => 0 });
  const failure = new Error("lost");
  await assertRejects(() => line.run(() => Promise.reject(failure)));
  await line.run(() => Promise.resolve(line.learn(5)));
  assertEquals(line.rate, 5);
});
