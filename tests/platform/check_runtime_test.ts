import { assertThrows } from "@std/assert";
import { checkRuntime } from "../../src/platform/check_runtime.ts";

Deno.test("checkRuntime() refuses a Deno that is too old, with one clear message", () => {
  for (const version of ["2.8.3", "2.5.0", "1.46.3"]) {
    assertThrows(
      () => checkRuntime(version),
      Error,
      `Cannot open a store over HTTP as Deno 2.9 or later is needed: current version is ${version}`,
    );
  }
});

Deno.test("checkRuntime() takes every later Deno, and what is no Deno", () => {
  for (const version of ["2.9.0", "2.10.1", "3.0.0", "2.9.6+abcdef", ""]) {
    checkRuntime(version);
  }
  checkRuntime();
});
