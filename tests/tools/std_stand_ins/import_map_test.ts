import { assert, assertEquals } from "@std/assert";

const REPOSITORY = new URL("../../../", import.meta.url);
const MAP_URL = new URL("tools/std_stand_ins/import_map.json", REPOSITORY);

Deno.test("the stand-ins' import map serves every import of deno.json", async () => {
  const [configured, standIn] = await readMaps();
  for (const [name, target] of Object.entries(configured)) {
    const served = standIn[name];
    if (target.startsWith("jsr:")) {
      assert(served && served !== target, `"${name}" has no stand-in`);
      await import(new URL(served, MAP_URL).href);
    } else {
      assertEquals(served, target, `"${name}" has drifted`);
    }
  }
});

Deno.test("the stand-ins' import map holds nothing that deno.json lacks", async () => {
  const [configured, standIn] = await readMaps();
  for (const name of Object.keys(standIn)) {
    const parts = name.split("/").slice(0, name.startsWith("@") ? 2 : 1);
    assert(parts.join("/") in configured, `"${name}" is not in deno.json`);
  }
});

Deno.test("the package finds itself by its own name", () => {
  assertEquals(
    import.meta.resolve("@storekit/object-store"),
    new URL("mod.ts", REPOSITORY).href,
  );
});

Deno.test("deno.json asks for a version of everything it imports", async () => {
  const [configured] = await readMaps();
  for (const [name, target] of Object.entries(configured)) {
    assert(/^(jsr|npm):.+@\^\d+\.\d+\.\d+$/.test(target), `${name}: ${target}`);
    assertEquals(target.startsWith("jsr:"), name.startsWith("@std/"));
  }
});

Deno.test("deno.json keeps tools/ out of what is published", async () => {
  const { publish } = await readJson("deno.json");
  assert(publish.exclude.includes("tools"));
});

type Imports = Record<string, string>;

async function readMaps(): Promise<[configured: Imports, standIn: Imports]> {
  const configured = await readJson("deno.json");
  const standIn = await readJson("tools/std_stand_ins/import_map.json");
  return [configured.imports, standIn.imports];
}

// deno-lint-ignore no-explicit-any
async function readJson(path: string): Promise<any> {
  return JSON.parse(await Deno.readTextFile(new URL(path, REPOSITORY)));
}
