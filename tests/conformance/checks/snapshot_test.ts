import { assert, assertEquals } from "@std/assert";
import { snapshot } from "../../../conformance/checks/snapshot.ts";

Deno.test("snapshot() stands what goes while it looks, and tells what stays", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/stays`, "bytes");
    const before = await snapshot(directory);
    assertEquals(before.length, 1);
    for (let round = 0; round < 20; round++) {
      const paths = Array.from(
        { length: 50 },
        (_, i) => `${directory}/${round}-${i}`,
      );
      await Promise.all(paths.map((path) =>
        Deno.mkdir(`${path}/below`, {
          recursive: true,
        })
      ));
      const [seen] = await Promise.all([
        snapshot(directory),
        ...paths.map((path) => Deno.remove(path, { recursive: true })),
      ]);
      assert(seen.includes(before[0]!));
    }
    assertEquals(await snapshot(directory), before);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
