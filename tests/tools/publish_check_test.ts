import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  checkImports,
  checkPaths,
  checkSizes,
  listPublished,
} from "../../tools/publish_check.ts";
import { startLoopbackRegistry } from "../../tools/loopback_registry.ts";

Deno.test("checkPaths() refuses what Windows reserves, whatever the case and the ending", () => {
  for (const file of ["a/con.ts", "Aux", "nul/b.ts", "com1.test.ts"]) {
    assertEquals(checkPaths([file]).length, 1, file);
  }
  assertEquals(checkPaths(["contract.ts", "a/concurrency/b.ts"]), []);
});

Deno.test("checkPaths() refuses odd characters, ends, lengths and names that differ in case alone", () => {
  for (const file of ["a b.ts", "ü.ts", "a./b.ts", `${"a".repeat(161)}.ts`]) {
    assert(checkPaths([file]).length > 0, file);
  }
  assertEquals(checkPaths(["a/B.ts", "a/b.ts"]), [
    "a/b.ts: differs from a/B.ts in case alone",
  ]);
});

Deno.test("checkSizes() refuses a large file, many files and too much in all", () => {
  assertEquals(checkSizes(new Map([["a", 4 * 2 ** 20]])), []);
  assertEquals(checkSizes(new Map([["a", 4 * 2 ** 20 + 1]])).length, 1);
  const six = Array.from({ length: 6 }, (_, i) => [`${i}`, 4e6] as const);
  assertEquals(checkSizes(new Map(six)).length, 1);
  const many = Array.from({ length: 1001 }, (_, i) => [`${i}`, 1] as const);
  assertEquals(checkSizes(new Map(many)).length, 1);
});

Deno.test("checkImports() refuses what is not published, not declared, inline, or found at run time only", () => {
  const wrong = {
    '"./missing.ts"': 'import { a } from "./missing.ts";',
    '"@std/fs"': 'import { copy } from "@std/fs";',
    '"npm:minio@8"': 'export * from "npm:minio@8";',
    "import(url)": "const a = await import(url);",
    '"./late.ts"': 'const a = await import("./late.ts");',
  };
  for (const [what, text] of Object.entries(wrong)) {
    const problems = checkImports(new Map([["src/a.ts", text]]), [], "@me/it");
    assertEquals(problems.length, 1, what);
    assert(problems[0]?.includes(what), problems[0]);
  }
});

Deno.test("checkImports() takes published files, built-ins, declared packages and examples in comments", () => {
  const text = `
/**
 * import { it } from "@me/it";
 */
import type {
  A,
} from "./b.ts";
import process from "node:process";
import { retry } from "@std/async/retry";
const fs = await import("node:fs");
`;
  const sources = new Map([["src/a.ts", text], ["src/b.ts", ""]]);
  assertEquals(checkImports(sources, ["@std/async"], "@me/it"), []);
});

Deno.test("listPublished() has the entries and the contract, and nothing that only the repository needs", async () => {
  const files = await listPublished();
  for (const file of ["mod.ts", "CONTRACT.md", "README.md", "LICENSE"]) {
    assert(files.includes(file), file);
  }
  const own = /^(tests|tools|bench|examples|\.ci)\/|^CONTRIBUTING\.md$/;
  assertEquals(files.filter((file) => own.test(file)), []);
});

Deno.test("startLoopbackRegistry() serves packages as JSR does", async () => {
  await using registry = await startLoopbackRegistry();
  const ask = (path: string) => fetch(new URL(path, registry.url));
  const { latest, versions } = await (await ask("@std/async/meta.json")).json();
  assertMatch(latest, /^\d+\.\d+\.\d+$/);
  assertEquals(versions, { [latest]: {} });
  const meta = await (await ask(`@std/async/${latest}_meta.json`)).json();
  const path = meta.exports["./retry"];
  const module = await (await ask(`@std/async/${latest}/${path.slice(2)}`))
    .bytes();
  assertEquals(meta.manifest[path.slice(1)].size, module.length);
  const missing = await ask("@std/fs/meta.json");
  await missing.body?.cancel();
  assertEquals(missing.status, 404);
});
