// What the tests rely on in `@std/assert`. An assertion that lets everything pass would make every
// other test worthless, so each is seen to fail here.
import * as std from "@std/assert";
import { AssertionError, equal } from "@std/assert";

class Point {
  constructor(public x: number, public y: number) {}
}
class Pixel extends Point {}

const cyclic = (): unknown => {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
};
const symbol = Symbol("key");

const EQUAL: [unknown, unknown][] = [
  [1, 1],
  [NaN, NaN],
  [0, -0],
  [{ a: { b: [1, "2", null] } }, { a: { b: [1, "2", null] } }],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }],
  [Object.create(null), {}],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer],
  [new Date(5), new Date(5)],
  [new Date(NaN), new Date(NaN)],
  [/a/g, /a/g],
  [new URL("file:///a"), new URL("file:///a")],
  [new Set([1, { a: 2 }]), new Set([{ a: 2 }, 1])],
  [new Map([[{ a: 1 }, [2]]]), new Map([[{ a: 1 }, [2]]])],
  [new Map([["k", { a: 1 }]]), new Map([["k", { a: 1 }]])],
  [new Point(1, 2), new Point(1, 2)],
  [cyclic(), cyclic()],
  [{ [symbol]: 1 }, { [symbol]: 1 }],
];

const DIFFERENT: [unknown, unknown][] = [
  [1, "1"],
  [null, undefined],
  [{}, null],
  [{ a: undefined }, {}],
  [{ a: undefined }, { b: undefined }],
  [{ a: 1 }, { a: 2 }],
  [[1, 2], [2, 1]],
  [[1], [1, undefined]],
  [[undefined], new Array(1)],
  [[], {}],
  [new Uint8Array([1]), new Uint8Array([2])],
  [new Uint8Array([1]), new Uint8Array([1, 0])],
  [new Uint8Array([1]), new Uint16Array([1])],
  [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  [new Date(5), new Date(6)],
  [/a/g, /a/i],
  [new URL("file:///a"), new URL("file:///b")],
  [new Set([1]), new Set([2])],
  [new Set([{ a: 1 }]), new Set([{ a: 2 }])],
  [new Map([["k", 1]]), new Map([["k", 2]])],
  [new Point(1, 2), new Pixel(1, 2)],
  [new Point(1, 2), { x: 1, y: 2 }],
  [new Error("a"), new Error("b")],
  [new Error("a"), new TypeError("a")],
  [{ [symbol]: 1 }, { [symbol]: 2 }],
  [() => {}, () => {}],
];

Deno.test("equal() finds values equal that are, both ways round", () => {
  for (const [a, b] of EQUAL) {
    std.assert(equal(a, b) && equal(b, a), Deno.inspect([a, b]));
    std.assertEquals(a, b);
    expectFailure(() => std.assertNotEquals(a, b));
  }
});

Deno.test("equal() tells values apart that differ, both ways round", () => {
  for (const [a, b] of DIFFERENT) {
    std.assertFalse(equal(a, b) || equal(b, a), Deno.inspect([a, b]));
    std.assertNotEquals(a, b);
    expectFailure(() => std.assertEquals(a, b), "Values are not equal.");
  }
});

Deno.test("equal() refuses to compare what cannot be looked into", () => {
  std.assertThrows(() => equal(new WeakMap(), new WeakMap()), TypeError);
  std.assertThrows(() => equal(new WeakSet(), new WeakSet()), TypeError);
});

Deno.test("assertEquals() shows both values and the caller's message", () => {
  const error = expectFailure(
    () => std.assertEquals({ size: 3 }, { size: 4 }, "after upload"),
    "Values are not equal: after upload",
  );
  std.assertMatch(error.message, /size: 3[^]*size: 4/);
});

Deno.test("assertStrictEquals() is about identity, as Object.is sees it", () => {
  const value = {};
  std.assertStrictEquals(value, value);
  std.assertStrictEquals(NaN, NaN);
  expectFailure(() => std.assertStrictEquals(value, {}), "not reference-equal");
  expectFailure(() => std.assertStrictEquals(0, -0));
  expectFailure(
    () => std.assertStrictEquals<unknown>(1, 2, "why"),
    "strictly equal: why",
  );
});

Deno.test("assertions about one value pass and fail as they say", () => {
  std.assert(1);
  std.assertFalse("");
  std.assertExists(0);
  std.assertInstanceOf(new Pixel(1, 2), Point);
  std.assertMatch("abc", /b/);
  std.assertStringIncludes("abc", "bc");

  expectFailure(() => std.assert(0, "because"), "because");
  expectFailure(() => std.assertFalse(1));
  expectFailure(() => std.assertExists(null), `"null"`);
  expectFailure(() => std.assertExists(undefined));
  expectFailure(
    () => std.assertInstanceOf(new Point(1, 2), Pixel),
    `"Pixel" but was "Point"`,
  );
  expectFailure(() => std.assertInstanceOf(null, Pixel), `but was "null"`);
  expectFailure(() => std.assertMatch("abc", /x/), "to match");
  expectFailure(() => std.assertStringIncludes("abc", "x"), "to contain");
});

Deno.test("assertions about numbers pass and fail at their boundaries", () => {
  std.assertGreater(2, 1);
  std.assertGreaterOrEqual(1, 1);
  std.assertLess(1, 2);
  std.assertLessOrEqual(1, 1);
  std.assertAlmostEquals(1, 1.00000001);
  std.assertAlmostEquals(1, 1.5, 0.5);

  expectFailure(() => std.assertGreater(1, 1), "Expect 1 > 1");
  expectFailure(() => std.assertGreaterOrEqual(1, 2), "Expect 1 >= 2");
  expectFailure(() => std.assertLess(1, 1), "Expect 1 < 1");
  expectFailure(() => std.assertLess(NaN, 1));
  expectFailure(() => std.assertLessOrEqual(2, 1), "Expect 2 <= 1");
  expectFailure(() => std.assertAlmostEquals(1, 1.00001));
  expectFailure(() => std.assertAlmostEquals(1, 1.6, 0.5));
  expectFailure(() => std.assertAlmostEquals(NaN, 1));
});

Deno.test("assertThrows() returns what was thrown", () => {
  const failure = new RangeError("out of range");
  const fn = () => {
    throw failure;
  };
  std.assertStrictEquals(std.assertThrows(fn), failure);
  std.assertStrictEquals(std.assertThrows(fn, Error), failure);
  std.assertStrictEquals(std.assertThrows(fn, RangeError, "of range"), failure);
});

Deno.test("assertThrows() fails on nothing thrown, another class, another message or no error", () => {
  const fn = () => {
    throw new RangeError("out of range");
  };
  expectFailure(
    () => std.assertThrows(() => {}),
    "Expected function to throw.",
  );
  expectFailure(() => std.assertThrows(() => {}, "why"), "throw: why");
  expectFailure(() => std.assertThrows(fn, TypeError), `was "RangeError"`);
  expectFailure(
    () => std.assertThrows(fn, RangeError, "other"),
    `include "other"`,
  );
  expectFailure(() =>
    std.assertThrows(() => {
      throw "text";
    }, Error), "A non-Error object was thrown");
});

Deno.test("assertRejects() resolves to the reason", async () => {
  const failure = new RangeError("out of range");
  const fn = () => Promise.reject(failure);
  std.assertStrictEquals(await std.assertRejects(fn), failure);
  std.assertStrictEquals(
    await std.assertRejects(fn, RangeError, "out of"),
    failure,
  );
  std.assertEquals(
    await std.assertRejects(() => Promise.reject("text")),
    "text",
  );
});

Deno.test("assertRejects() rejects on success, a throw, another class, another message or no error", async () => {
  const fn = () => Promise.reject(new RangeError("out of range"));
  const cases: [() => Promise<unknown>, string][] = [
    [
      () => std.assertRejects(() => Promise.resolve()),
      "Expected function to reject.",
    ],
    [() => std.assertRejects(() => Promise.resolve(), "why"), "to reject: why"],
    [() => std.assertRejects(fn, TypeError), `was "RangeError"`],
    [() => std.assertRejects(fn, RangeError, "other"), `include "other"`],
    [
      () => std.assertRejects(() => Promise.reject(1), Error),
      "A non-Error object was rejected",
    ],
    [
      () =>
        std.assertRejects(() => {
          throw new RangeError("at once");
        }),
      "Function throws when expected to reject",
    ],
  ];
  for (const [run, message] of cases) {
    const error = await run().then(() => undefined, (error: unknown) => error);
    expectAssertionError(error, message);
  }
});

Deno.test("assertIsError() looks at the class and the message", () => {
  std.assertIsError(new TypeError("bad"), TypeError, /^bad$/);
  expectFailure(() => std.assertIsError("text"), "to be an Error object");
  expectFailure(
    () => std.assertIsError(new Error("bad"), TypeError),
    `was "Error"`,
  );
  expectFailure(
    () => std.assertIsError(new Error("bad"), Error, /good/),
    "/good/",
  );
});

Deno.test("fail() and unreachable() throw an AssertionError", () => {
  expectFailure(() => std.fail("why"), "Failed assertion: why");
  expectFailure(() => std.unreachable(), "Unreachable.");
});

/** Written without the assertions it judges. */
function expectFailure(fn: () => unknown, message = ""): AssertionError {
  try {
    fn();
  } catch (error) {
    return expectAssertionError(error, message);
  }
  throw new Error(`Expected a failure: ${fn}`);
}

function expectAssertionError(error: unknown, message: string): AssertionError {
  if (!(error instanceof AssertionError) || error.name !== "AssertionError") {
    throw new Error("Expected an AssertionError", { cause: error });
  }
  // deno-lint-ignore no-control-regex
  if (error.message.replace(/\x1b\[[0-9;]*m/g, "").includes(message)) {
    return error;
  }
  throw new Error(`Expected "${message}"`, { cause: error });
}
