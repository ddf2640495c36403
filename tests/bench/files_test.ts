import { assertEquals, assertMatch } from "@std/assert";
import { runBench } from "./run_bench.ts";

Deno.test("bench/mod.ts measures the file-system store, and removes its files", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runBench(
      ...["--only=files", "--size", "3MiB", "--rounds", "1"],
      ...["--operations", "50", "--directory", directory],
    );
    assertEquals(code, 0, stderr);
    for (const name of ["cp", "upload", "download"]) {
      assertMatch(stdout, new RegExp(`^${name} +\\d+ ms .*\\dx`, "m"));
    }
    assertMatch(stdout, /^0 +\d+ MiB +\d+$/m);
    assertMatch(stdout, /^50 +\d+ MiB +\d+$/m);
    assertEquals([...Deno.readDirSync(directory)], []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
