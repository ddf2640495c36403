import { assertEquals, assertThrows } from "@std/assert";
import {
  OpendalObjectStore,
  type OpendalObjectStoreOptions,
} from "../../src/opendal/mod.ts";
import { isListable } from "../../src/powers.ts";
import { InvalidObjectNameError } from "../../src/errors.ts";
import { MemoryOperator } from "./memory_operator.ts";

Deno.test("options that no store can be made of are refused, and no value that may be a secret shows", () => {
  const operator = new MemoryOperator();
  const wrong: readonly [object, string][] = [
    [{}, "needs either an 'operator', or a 'scheme' and its 'options'"],
    [{ operator, options: {}, uri: "a://b" }, "needs either"],
    [{ options: {} }, "'scheme' must be a service's name in OpenDAL"],
    [
      { operator: {}, uri: "a://b" },
      "'operator' must be an OpenDAL 'Operator', or beside 'scheme' a function that makes one",
    ],
    [{ operator }, "'uri' must say where the objects are"],
    [{ operator, uri: "not a uri" }, "'uri' must say where the objects are"],
    [{ operator, uri: "a://u:hunter22@b" }, "must have no user name, password"],
    [
      { operator, uri: "a://b?sig=hunter22" },
      "must have no user name, password",
    ],
    [{ operator, uri: "a://b", requestTimeout: 0 }, "'requestTimeout' must be"],
    [{ operator, uri: "a://b", strict: 1 }, "'strict' must be a boolean"],
    [
      { operator, uri: "a://b", sekret_key: "hunter22" },
      "'sekret_key' is unknown",
    ],
    [{ scheme: "no-such", options: {}, uri: "a://b" }, "is not known here"],
  ];
  for (const [options, message] of wrong) {
    const error = assertThrows(
      () => new OpendalObjectStore(options as OpendalObjectStoreOptions),
    ) as Error;
    assertEquals(error.message.includes(message), true, error.message);
    assertEquals(error.message.includes("hunter22"), false, error.message);
  }
});

Deno.test("the URI is that of the place, without user name, password and query", () => {
  const places: readonly [string, Record<string, string>, string][] = [
    ["s3", { bucket: "b", root: "/r/", endpoint: "http://h" }, "s3://b/r/n"],
    ["gcs", { bucket: "b" }, "gs://b/n"],
    [
      "azblob",
      { endpoint: "https://a.net/", container: "c" },
      "azblob://a.net/c/n",
    ],
    [
      "redis",
      { endpoint: "redis://u:pw-1@h:6379?x=y", db: "2" },
      "redis://h:6379/2/n",
    ],
    ["fs", { root: "/a b/c" }, "file:///a%20b/c/n"],
    [
      "sqlite",
      { connection_string: "sqlite:///d/x.db?mode=rwc", table: "t" },
      "sqlite://d/x.db/t/n",
    ],
  ];
  for (const [scheme, options, uri] of places) {
    const store = new OpendalObjectStore({ scheme, options });
    assertEquals(store.getUri("n"), uri);
  }
});

Deno.test("names that OpenDAL would change are refused, and no other", () => {
  const store = new OpendalObjectStore({
    operator: new MemoryOperator(),
    uri: "memory://place",
  });
  const names = [
    ...["a//b", "/a", "a/", ".", "..", "a/./b", "a/../b", " a", "a ", "a\n"],
    ...["\u00a0a", "a\u3000", ".object-store-upload-1"],
  ];
  for (const name of names) {
    assertThrows(() => store.getUri(name), InvalidObjectNameError);
  }
  for (const name of ["a b", "a/ b/c", "ü", "a%20b", "...", "a..b", "😀"]) {
    assertEquals(store.getUri(name), `memory://place/${name}`);
  }
});

Deno.test("a service on which bytes could be damaged is refused unless 'strict' is false", () => {
  // It is a tree that cannot rename, so that objects are visible while they are written.
  const operator = new MemoryOperator({ rename: false });
  const options = { operator, uri: "dav://place", scheme: "webdav" };
  assertThrows(
    () => new OpendalObjectStore(options),
    TypeError,
    'Cannot open an OpenDAL store as "webdav" does not keep clause 8 of the contract',
  );
  const store = new OpendalObjectStore({ ...options, strict: false });
  assertEquals(store.limitations[0]?.isSerious, true);
});

Deno.test("a store lists only where the service can", () => {
  const open = (list: boolean) =>
    new OpendalObjectStore({
      operator: new MemoryOperator({ list }),
      uri: "memory://place",
    });
  assertEquals(isListable(open(true)), true);
  assertEquals(isListable(open(false)), false);
});
