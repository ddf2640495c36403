import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { refuseArgument, refuseOption, refuseUnknown } from "../src/refusal.ts";

Deno.test("refuseOption() names the action, the option, the rule and the value", () => {
  const error = refuseOption("retry", "jitter", "be between 0 and 1", 2);
  assertInstanceOf(error, TypeError);
  assertEquals(
    error.message,
    "Cannot retry as 'jitter' must be between 0 and 1: current value is 2",
  );
  const ranged = refuseOption("retry", "jitter", "be less", 2, RangeError);
  assertInstanceOf(ranged, RangeError);
});

Deno.test("refuseArgument() shows a text in quotes, so that what is invisible shows", () => {
  assertEquals(
    refuseArgument("filename", "be a path without NUL", "a\0 ").message,
    `Cannot use 'filename' as it must be a path without NUL: current value is "a\\u0000 "`,
  );
  assertEquals(
    refuseArgument("signal", "be an AbortSignal", undefined).message,
    "Cannot use 'signal' as it must be an AbortSignal: current value is undefined",
  );
});

Deno.test("refuseUnknown() lets known options pass and shows no value that may be secret", () => {
  const names = new Set(["bucket", "credentials"]);
  refuseUnknown("open a store", { bucket: 1, credentials: 2 }, names);
  assertThrows(
    () => refuseUnknown("open a store", { buckets: "a" }, names, "upload."),
    TypeError,
    `Cannot open a store as the option 'upload.buckets' is unknown: current value is "a"`,
  );
  for (const name of ["secretKey", "apiToken", "Password", "credential"]) {
    const error = assertThrows(
      () => refuseUnknown("open a store", { [name]: "hunter2" }, names),
      TypeError,
      "current value is not shown",
    );
    assertEquals(error.message.includes("hunter2"), false);
  }
});
