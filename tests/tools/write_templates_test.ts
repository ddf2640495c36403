import { assertEquals } from "@std/assert";
import { buildTemplates } from "../../tools/write_templates.ts";

Deno.test("conformance/cli/templates.json is what the examples make: 'deno task generate'", async () => {
  const url = new URL(
    "../../conformance/cli/templates.json",
    import.meta.url,
  );
  assertEquals(
    JSON.parse(await Deno.readTextFile(url)),
    JSON.parse(await buildTemplates()),
  );
});
