import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
  assertStrictEquals,
} from "@std/assert";
import * as errors from "../src/errors.ts";
import type { ObjectStoreErrorOptions } from "../src/errors.ts";
import type { ObjectStore } from "../src/object_store.ts";
import { withRetry } from "../src/retry/with_retry.ts";
import { FakeClock } from "./fake_clock.ts";
import { ScriptedStore } from "./retry/scripted_store.ts";

const { isObjectStoreError, isTransient } = errors;

/** The table of clause 22. */
const CODES = {
  ObjectNotFoundError: "OBJECT_NOT_FOUND",
  FileExistsError: "FILE_EXISTS",
  InvalidObjectNameError: "INVALID_OBJECT_NAME",
  ObjectNameConflictError: "OBJECT_NAME_CONFLICT",
  ObjectStoreTransientError: "TRANSIENT",
  ObjectStorePermissionError: "PERMISSION_DENIED",
  BucketNotFoundError: "BUCKET_NOT_FOUND",
  ObjectStoreClosedError: "CLOSED",
  ObjectStoreError: "OTHER",
} as const;

type ClassName = keyof typeof CODES;
type ErrorClass = new (
  message: string,
  options?: ObjectStoreErrorOptions,
) => Error & ObjectStoreErrorOptions & { code: string };
type ErrorClasses = Record<ClassName, ErrorClass>;

const NAMES = Object.keys(CODES) as ClassName[];
const classes: ErrorClasses = errors;
/** Another copy of the package, as two versions in one program are. */
const copy: ErrorClasses & typeof errors = await import(
  "../src/errors.ts?copy=2" as string
);

Deno.test("error classes carry name, code, message and fields (clause 22)", () => {
  const options = { objectName: "a", uri: "s3://b/a", cause: "why" };
  for (const name of NAMES) {
    const error = new classes[name]("Cannot download", options);
    assertEquals(
      [error.name, error.code, error.message],
      [name, CODES[name], "Cannot download"],
    );
    assertEquals(
      [error.objectName, error.uri, error.cause],
      ["a", "s3://b/a", "why"],
    );
    assert(error instanceof Error);
    assert(error.stack?.startsWith(`${name}: Cannot download\n`), error.stack);
  }
});

Deno.test("error classes need no options, and then have no cause", () => {
  for (const name of NAMES) {
    const error = new classes[name]("Cannot download");
    assertEquals([error.objectName, error.uri], [undefined, undefined]);
    assertFalse("cause" in error);
    assertFalse("cause" in new classes[name]("x", { cause: undefined }));
  }
});

Deno.test("error classes are Deno's own where Deno has such a class (clause 22)", () => {
  for (const name of NAMES) {
    const error = new classes[name]("x");
    assertEquals(
      error instanceof Deno.errors.NotFound,
      name === "ObjectNotFoundError",
    );
    assertEquals(
      error instanceof Deno.errors.AlreadyExists,
      name === "FileExistsError",
    );
  }
});

Deno.test("instanceof accepts its own class and the base of all, and no other, across copies (clause 22)", () => {
  for (const name of NAMES) {
    for (const other of NAMES) {
      const isSame = name === other || other === "ObjectStoreError";
      assertEquals(new classes[name]("x") instanceof classes[other], isSame);
      assertEquals(new copy[name]("x") instanceof classes[other], isSame);
      assertEquals(new classes[name]("x") instanceof copy[other], isSame);
    }
  }
  assertNotEquals(classes.ObjectNotFoundError, copy.ObjectNotFoundError);
});

Deno.test("instanceof accepts a subclass, and a subclass neither its base nor its siblings", () => {
  class SlowDownError extends errors.ObjectStoreTransientError {}
  class ThrottledError extends errors.ObjectStoreTransientError {}
  const error = new SlowDownError("x");
  assert(error instanceof errors.ObjectStoreTransientError);
  assert(error instanceof copy.ObjectStoreTransientError);
  assert(error instanceof SlowDownError);
  assertFalse(error instanceof ThrottledError);
  const base = new errors.ObjectStoreTransientError("x");
  assertFalse(base instanceof SlowDownError);
  assertFalse(error instanceof errors.ObjectNotFoundError);
  class OwnError extends errors.ObjectStoreError {}
  assertFalse(error instanceof OwnError);
  assert(new OwnError("x") instanceof errors.ObjectStoreError);
});

Deno.test("instanceof rejects what only looks like an error of a store", () => {
  const lookAlikes = [
    null,
    undefined,
    "OBJECT_NOT_FOUND",
    { code: "OBJECT_NOT_FOUND" },
    Object.assign(new Error("x"), { code: "OBJECT_NOT_FOUND" }),
    new Deno.errors.NotFound("x"),
    new Deno.errors.AlreadyExists("x"),
  ];
  for (const value of lookAlikes) {
    for (const name of NAMES) {
      assertFalse(value as object instanceof classes[name]);
    }
    assertFalse(isObjectStoreError(value));
    assertFalse(isTransient(value));
  }
});

Deno.test("isObjectStoreError() knows every class, also another copy's and a subclass (ERR-11)", () => {
  for (const name of NAMES) {
    class Sub extends copy[name] {}
    for (const Class of [classes[name], copy[name], Sub]) {
      assert(isObjectStoreError(new Class("x")));
    }
    assert(copy.isObjectStoreError(new classes[name]("x")));
  }
});

Deno.test("isObjectStoreError() knows an error by brand and code, whoever made it", () => {
  const brand = Symbol.for("@storekit/object-store/error");
  const foreign = Object.assign(new Error("x"), { code: "TRANSIENT" });
  assertFalse(isObjectStoreError(foreign));
  Object.assign(foreign, { [brand]: true });
  assert(isObjectStoreError(foreign));
  assert(isTransient(foreign));
  assert(foreign as object instanceof errors.ObjectStoreTransientError);
  Object.assign(foreign, { code: "NO_CODE_OF_OURS" });
  assertFalse(isObjectStoreError(foreign));
});

Deno.test("isTransient() is true for one class only, across copies (ERR-11)", () => {
  for (const name of NAMES) {
    const isOne = name === "ObjectStoreTransientError";
    assertEquals(isTransient(new classes[name]("x")), isOne);
    assertEquals(isTransient(new copy[name]("x")), isOne);
    assertEquals(copy.isTransient(new classes[name]("x")), isOne);
  }
});

Deno.test("withRetry() tries again after a transient error of another copy, and only then (ERR-11)", async () => {
  for (const name of NAMES) {
    using clock = new FakeClock();
    const error = new copy[name]("x");
    const inner = new ScriptedStore(() => Promise.reject(error), () => 5);
    const store: ObjectStore = withRetry(inner);
    const size = store.getObjectSize("a");
    const outcome = size.catch((error) => error);
    await clock.run(size);
    if (name === "ObjectStoreTransientError") assertEquals(await outcome, 5);
    else assertStrictEquals(await outcome, error);
  }
});

Deno.test("an error of a store prints its fields and not its brand", () => {
  const options = { objectName: "a", uri: "s3://b/a" };
  const error = new errors.ObjectNotFoundError("Cannot download", options);
  const text = Deno.inspect(error);
  assert(text.startsWith("ObjectNotFoundError: Cannot download\n"), text);
  assert(text.includes('code: "OBJECT_NOT_FOUND"'), text);
  assert(text.includes('objectName: "a"'), text);
  assertFalse(text.includes("Symbol"), text);
  assertFalse(text.includes("cause"), text);
});

Deno.test("error classes work where there is no Deno", async () => {
  const url = new URL("../src/errors.ts", import.meta.url).href;
  const program = `
    delete globalThis.Deno;
    const e = await import(${JSON.stringify(url)});
    console.log(JSON.stringify(${JSON.stringify(NAMES)}.map((name) => {
      const error = new e[name]("text", { objectName: "a" });
      return [error.name, error.code, error.message, error.objectName,
        error instanceof e[name], error instanceof Error,
        e.isObjectStoreError(error), error instanceof e.ObjectStoreError];
    })));
  `;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", program],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, decoder.decode(stderr));
  assertEquals(
    JSON.parse(decoder.decode(stdout)),
    NAMES.map(
      (name) => [name, CODES[name], "text", "a", true, true, true, true],
    ),
  );
});
