import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";

const BENCH = fromFileUrl(new URL("../bench/mod.ts", import.meta.url));

Deno.test("bench/mod.ts measures transfers and operations, and removes its files", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runBench(
      ...["--size", "3MiB", "--rounds", "1", "--operations", "50"],
      ...["--directory", directory],
    );
    assertEquals(code, 0, stderr);
    for (const name of ["cp", "upload", "download"]) {
      assertMatch(stdout, new RegExp(`^${name} +\\d+ ms .*\\dx`, "m"));
    }
    assertMatch(stdout, /^ +0 {2}RSS/m);
    assertMatch(stdout, /^ +50 {2}RSS/m);
    assertEquals([...Deno.readDirSync(directory)], []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("bench/mod.ts refuses what it does not understand", async () => {
  const bad: [string[], string][] = [
    [["--sizes", "1MiB"], "--sizes"],
    [["--size"], "--size"],
    [["--size", "1MB"], `"size":"1MB"`],
    [["--rounds", "0"], `"rounds":"0"`],
  ];
  for (const [args, text] of bad) {
    const { code, stderr } = await runBench(...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, text);
  }
});

async function runBench(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const inherited = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...inherited, BENCH, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
