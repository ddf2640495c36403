// What the project relies on in `@std/path`, above all where `node:path` answers differently.
import { assertEquals, assertThrows } from "@std/assert";
import * as path from "@std/path";

const ignore = Deno.build.os === "windows";

Deno.test(
  { name: "basename() is the last segment, or a separator", ignore },
  () => {
    const cases = [
      ["/a/b.txt", "b.txt"],
      ["a//b//", "b"],
      ["b", "b"],
      ["", ""],
      ["/", "/"],
      ["///", "/"],
    ] as const;
    for (const [whole, name] of cases) assertEquals(path.basename(whole), name);
  },
);

Deno.test({
  name: "basename() takes off a suffix that is not the whole name",
  ignore,
}, () => {
  assertEquals(path.basename("/a/b.txt", ".txt"), "b");
  assertEquals(path.basename("/a/.txt", ".txt"), ".txt");
  assertEquals(path.basename("/a/b.txt", ".js"), "b.txt");
  assertEquals(path.basename("/a/b.txt", ""), "b.txt");
});

Deno.test(
  { name: "dirname() drops doubled separators at its end", ignore },
  () => {
    const cases = [
      ["/a/b", "/a"],
      ["/a//b", "/a"],
      ["//a", "/"],
      ["/", "/"],
      ["///", "/"],
      ["a", "."],
      ["a/", "."],
      ["", "."],
      ["a/b/", "a"],
    ] as const;
    for (const [whole, parent] of cases) {
      assertEquals(path.dirname(whole), parent, whole);
    }
  },
);

Deno.test({
  name: "join() and resolve() go up and down",
  ignore,
}, () => {
  assertEquals(path.join("/a", "../b", "", "c/"), "/b/c/");
  assertEquals(path.join("", ""), ".");
  assertEquals(path.resolve("/a/b", "../c/", ""), "/a/c");
  assertEquals(path.resolve("x"), `${Deno.cwd()}/x`);
});

Deno.test({
  name: "isAbsolute() and the separators are those of POSIX",
  ignore,
}, () => {
  assertEquals(["/a", "a", "", "./a"].map(path.isAbsolute), [
    true,
    false,
    false,
    false,
  ]);
  assertEquals(path.SEPARATOR, "/");
  assertEquals("a//b/c".split(path.SEPARATOR_PATTERN), ["a", "b", "c"]);
});

Deno.test({
  name: "path functions take a file URL where they take a path",
  ignore,
}, () => {
  const url = new URL("file:///a/b%20c.txt");
  assertEquals(path.basename(url), "b c.txt");
  assertEquals(path.dirname(url), "/a");
  assertEquals(path.join(url, "..", "d"), "/a/d");
  assertThrows(() => path.dirname(new URL("https://localhost/a")), TypeError);
});

Deno.test({
  name: "fromFileUrl() decodes all that is encoded, and keeps a stray %",
  ignore,
}, () => {
  const cases = [
    ["file:///a%20b", "/a b"],
    ["file:///a%2Fb", "/a/b"],
    ["file:///100%", "/100%"],
    ["file:///%zz%41", "/%zzA"],
    ["file:///a%5Cb", "/a\\b"],
    ["file:///dir/", "/dir/"],
    ["file:///a?query#hash", "/a"],
    ["file://localhost/a", "/a"],
  ] as const;
  for (const [url, expected] of cases) {
    assertEquals(path.fromFileUrl(url), expected, url);
    assertEquals(path.fromFileUrl(new URL(url)), expected, url);
  }
});

Deno.test("fromFileUrl() throws on another protocol and on what is no URL", () => {
  assertThrows(
    () => path.fromFileUrl("https://localhost/a"),
    TypeError,
    `URL must be a file URL: received "https:"`,
  );
  assertThrows(() => path.fromFileUrl("/a"), TypeError);
});

Deno.test({
  name: "toFileUrl() is undone by fromFileUrl() for hostile names",
  ignore,
}, () => {
  const names = [
    "a b",
    "a%41",
    "a#b?c",
    "a\\b",
    "\ttab\n",
    " ",
    "ü😀",
    "C:x",
    "a/",
    "%",
  ];
  for (const name of names) {
    assertEquals(path.fromFileUrl(path.toFileUrl(`/${name}`)), `/${name}`);
  }
});

Deno.test({
  name:
    "toFileUrl() escapes what a URL would lose, and drops doubled leading slashes",
  ignore,
}, () => {
  assertEquals(path.toFileUrl("/a b\n%\\").href, "file:///a%20b%0A%25%5C");
  assertEquals(path.toFileUrl("//host/a").href, "file:///host/a");
});

Deno.test("toFileUrl() throws on a relative path", () => {
  assertThrows(
    () => path.toFileUrl("a"),
    TypeError,
    `Path must be absolute: received "a"`,
  );
});
