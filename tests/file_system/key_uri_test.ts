import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeRoot, encodeUri } from "../../src/file_system/key_uri.ts";
import { HOSTILE_KEYS } from "./hostile_keys.ts";

Deno.test("encodeUri() ends with a name of unreserved characters", () => {
  assertEquals(
    encodeUri(encodeRoot("/data"), "runs/Epoch_1-~.bin"),
    "file:///data/runs/Epoch_1-~.bin",
  );
});

Deno.test("encodeUri() escapes everything else, segment by segment", () => {
  const root = encodeRoot("/my data/100%#?");
  assertEquals(root, "file:///my%20data/100%25%23%3F/");
  assertEquals(encodeUri(root, "a b/é"), `${root}a%20b/%C3%A9`);
  assertEquals(encodeUri(root, "a//%2F'"), `${root}a//%252F%27`);
});

Deno.test("encodeUri() gives a key with a dot segment or a slash at its start in a query", () => {
  const root = encodeRoot("/data");
  assertEquals(encodeUri(root, "p/../a b"), "file:///data/?key=p/../a%20b");
  assertEquals(encodeUri(root, "p/..a/b."), "file:///data/p/..a/b.");
  assertEquals(encodeUri(root, "/a"), "file:///data/?key=/a");
});

Deno.test("encodeUri() of hostile keys differ, and are what a URL parser makes of them", () => {
  for (const root of ["/", "/data", "/data/p q"]) {
    const rootUrl = encodeRoot(root);
    const keys = [...new Set(HOSTILE_KEYS)];
    const uris = keys.map((key) => encodeUri(rootUrl, key));
    for (const uri of uris) {
      assert(uri.startsWith("file:///"));
      assertMatch(uri, /^[\x21-\x7e]+$/);
      assertEquals(new URL(uri).href, uri);
    }
    assertEquals(new Set(uris).size, keys.length);
  }
});

Deno.test("encodeRoot() keeps roots apart", () => {
  const roots = ["/", "/a", "/a b", "/a%20b", "/a#b", "/a?b", "/é", "/a\\b"];
  assertEquals(new Set(roots.map(encodeRoot)).size, roots.length);
});
