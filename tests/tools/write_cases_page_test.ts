import { assertEquals } from "@std/assert";
import { buildCasesPage } from "../../tools/write_cases_page.ts";

Deno.test("conformance/CASES.md is what the catalogue makes: 'deno task generate'", async () => {
  const url = new URL("../../conformance/CASES.md", import.meta.url);
  assertEquals(await Deno.readTextFile(url), await buildCasesPage());
});
