// What the project relies on in the functions of `@std/path` for POSIX.
import { assertEquals } from "@std/assert";
import { dirname } from "@std/path/posix/dirname";
import { join } from "@std/path/posix/join";
import { resolve } from "@std/path/posix/resolve";

const ignore = Deno.build.os === "windows";

Deno.test("dirname() resolves nothing, and leaves no separator at its end", () => {
  const cases = [
    ["/a/b", "/a"],
    ["/a//b", "/a"],
    ["/a/b/", "/a"],
    ["/a/link/..", "/a/link"],
    ["/a/../b", "/a/.."],
    ["//a", "/"],
    ["/a", "/"],
    ["//", "/"],
    ["/", "/"],
    ["a/b", "a"],
    ["a", "."],
    ["", "."],
  ] as const;
  for (const [path, parent] of cases) assertEquals(dirname(path), parent, path);
});

Deno.test("join() normalizes, and keeps a separator at the end", () => {
  const cases = [
    [["/a", "b"], "/a/b"],
    [["/a/", "/b/"], "/a/b/"],
    [["/a", "..", "..", "b"], "/b"],
    [["a", "../../b"], "../b"],
    [["/a", "", "./b//c"], "/a/b/c"],
    [["a", ".."], "."],
    [["a/", "../"], "./"],
    [["", ""], "."],
    [[], "."],
  ] as const;
  for (const [paths, joined] of cases) {
    assertEquals(join(...paths), joined, JSON.stringify(paths));
  }
});

Deno.test({
  name: "resolve() goes by the working directory where no path is absolute",
  ignore,
  fn() {
    assertEquals(resolve("/a/b", "../c/", ""), "/a/c");
    assertEquals(resolve("/a", "/b"), "/b");
    assertEquals(resolve("/a/./b//../.."), "/");
    assertEquals(resolve("x/"), join(Deno.cwd(), "x"));
    assertEquals(resolve(), Deno.cwd());
  },
});
