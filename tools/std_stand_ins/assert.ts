/**
 * Stands in for `@std/assert` where JSR cannot be reached.
 *
 * @module
 */

export { equal } from "./assert_equal.ts";
export { AssertionError, fail, unreachable } from "./assertion_error.ts";
export {
  assertIsError,
  assertRejects,
  assertThrows,
} from "./assert_failures.ts";
export {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertStrictEquals,
  assertStringIncludes,
} from "./assert_values.ts";
