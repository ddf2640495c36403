import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const SRC = fromFileUrl(new URL("../src", import.meta.url));

/** An import or export with a specifier that is loaded with the module itself. */
const STATIC =
  /^(?:import|export)\s+(?!type\b)[^;]*?\bfrom\s+"((?:node|npm):[^"]+|@aws-sdk\/[^"]+|minio)";/gms;

async function* listFiles(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) yield* listFiles(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

Deno.test("src/ loads Node's modules and the SDKs only when they are needed", async () => {
  const found: string[] = [];
  let files = 0;
  for await (const path of listFiles(SRC)) {
    files++;
    for (const [, name] of (await Deno.readTextFile(path)).matchAll(STATIC)) {
      found.push(`${path.slice(SRC.length)}: ${name}`);
    }
  }
  // They take longer than everything else that an entry point imports.
  assertEquals(found, []);
  assertEquals(files > 50, true);
  assertEquals('import { a } from "node:fs";'.match(STATIC)?.length, 1);
});

/** Those of `@std` that load nothing else: `@std/path/join` and its like ask `process` for the platform, which takes longer to load than `mod.ts`. */
const LIGHT = /^@std\/(?:async\/\w+|path\/posix\/\w+)$/;
const STD = /\bfrom\s+"(@std\/[^"]+)"/g;

Deno.test("src/ takes only single functions of @std, and none that asks for the platform", async () => {
  const found = new Set<string>();
  for await (const path of listFiles(SRC)) {
    for (const [, name = ""] of (await Deno.readTextFile(path)).matchAll(STD)) {
      found.add(name);
    }
  }
  assertEquals([...found].filter((name) => !LIGHT.test(name)), []);
  assertEquals(found.has("@std/path/posix/dirname"), true);
});
