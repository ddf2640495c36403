import { assertEquals, assertRejects } from "@std/assert";
import { KnownLine, LOOKS } from "../../src/transfer/known_line.ts";

/** A line whose time passes only as told. */
class TimedLine {
  time = 0;
  readonly line = new KnownLine({ now: () => this.time });
}

/** What is certain by itself. */
function sure(rate: number) {
  return { rate, looks: LOOKS };
}

Deno.test("KnownLine knows a rate for half a minute", async () => {
  const timed = new TimedLine();
  const { line } = timed;
  assertEquals(line.rate, 0);
  await line.run(() => Promise.resolve(line.learn(sure(5))));
  timed.time = 29_999;
  assertEquals(line.rate, 5);
  timed.time = 30_000;
  assertEquals(line.rate, 0);
});

Deno.test("KnownLine adds short measurements up, and takes the highest rate of them", () => {
  const { line } = new TimedLine();
  line.learn({ rate: 4, looks: 7 });
  line.learn({ rate: 5, looks: 7 });
  assertEquals(line.rate, 0);
  line.learn({ rate: 3, looks: 1 });
  assertEquals(line.rate, 5);
});

Deno.test("KnownLine begins anew where a line has become much slower, or what it knows is old", () => {
  const timed = new TimedLine();
  const { line } = timed;
  line.learn({ rate: 10, looks: 14 });
  line.learn({ rate: 4, looks: 14 });
  assertEquals(line.rate, 0);
  timed.time = 30_000;
  line.learn({ rate: 4, looks: 14 });
  assertEquals(line.rate, 0);
  line.learn({ rate: 4, looks: 1 });
  assertEquals(line.rate, 4);
});

Deno.test("KnownLine takes what is certain by itself for all that it knew", () => {
  const { line } = new TimedLine();
  line.learn(sure(10));
  line.learn(sure(9));
  assertEquals(line.rate, 9);
});

Deno.test("KnownLine neither learns from downloads side by side nor tells them a rate", async () => {
  const { line } = new TimedLine();
  line.learn(sure(5));
  line.learnSlow(5);
  line.keep(5);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const both = [
    line.run(() => first.promise),
    line.run(() => second.promise),
  ];
  assertEquals([line.rate, line.slowRate, line.kept], [0, 0, 0]);
  first.resolve();
  await both[0];
  // What the second has measured is its share.
  line.learn(sure(7));
  line.learnSlow(7);
  assertEquals([line.rate, line.slowRate], [0, 0]);
  second.resolve();
  await both[1];
  assertEquals([line.rate, line.slowRate], [5, 5]);
});

Deno.test("KnownLine counts a download that fails as over", async () => {
  const { line } = new TimedLine();
  const failure = new Error("lost");
  await assertRejects(() => line.run(() => Promise.reject(failure)));
  await line.run(() => Promise.resolve(line.learn(sure(5))));
  assertEquals(line.rate, 5);
});

Deno.test("KnownLine has no rate to share by for half a minute after ranges could not be had", () => {
  const timed = new TimedLine();
  const { line } = timed;
  line.learn(sure(5));
  line.learnSlow(5);
  line.refuse();
  assertEquals([line.rate, line.slowRate], [0, 0]);
  timed.time = 20_000;
  line.learn(sure(5));
  timed.time = 30_000;
  assertEquals([line.rate, line.slowRate], [5, 0]);
});

Deno.test("KnownLine forgets connections that nobody has used for as long as they may be idle", () => {
  const timed = new TimedLine();
  const { line } = timed;
  line.keep(6);
  timed.time = 7_999;
  assertEquals(line.kept, 6);
  timed.time = 8_000;
  assertEquals(line.kept, 0);
});

Deno.test("KnownLine takes the quickest answer of half a minute for the round trip", () => {
  const timed = new TimedLine();
  const { line } = timed;
  line.keep(1);
  assertEquals([40, 20, 30].map((time) => line.answered(time)), [40, 20, 20]);
  timed.time = 30_000;
  line.keep(1);
  assertEquals(line.answered(35), 35);
});

Deno.test("KnownLine takes half of an answer for the set-up of its connection where none was open", () => {
  const { line } = new TimedLine();
  assertEquals([40, 60].map((time) => line.answered(time)), [20, 30]);
  line.keep(1);
  assertEquals(line.answered(25), 25);
});
