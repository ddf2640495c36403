import { assertEquals } from "@std/assert";
import {
  childPath,
  endsInSeparator,
  joinPath,
  parentPath,
  resolvePath,
  toAbsolute,
} from "../../src/local/path.ts";

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "toAbsolute() only puts together",
  ignore,
  fn() {
    assertEquals(toAbsolute("/a/../b/"), "/a/../b/");
    assertEquals(toAbsolute("a/../b/"), `${Deno.cwd()}/a/../b/`);
  },
});

Deno.test({
  name: "childPath() and parentPath() resolve nothing",
  ignore,
  fn() {
    assertEquals(childPath("/a/link/..", "b"), "/a/link/../b");
    assertEquals(childPath("/a/", "b"), "/a/b");
    assertEquals(childPath("/", "b"), "/b");
    const parents = ["/a/b", "/a//b", "/a/b/", "/a", "/", "//", "/a/../b"];
    assertEquals(parents.map(parentPath), [
      ...["/a", "/a", "/a", "/", "/", "/", "/a/.."],
    ]);
    assertEquals(["/a/", "/a"].map(endsInSeparator), [true, false]);
  },
});

Deno.test({
  name: "joinPath() and resolvePath() resolve what stands in them",
  ignore,
  fn() {
    assertEquals(joinPath("/a", "b/c"), "/a/b/c");
    assertEquals(joinPath("/", "b"), "/b");
    assertEquals(resolvePath("/a/link/../b/"), "/a/b");
    assertEquals(resolvePath("a"), `${Deno.cwd()}/a`);
  },
});
