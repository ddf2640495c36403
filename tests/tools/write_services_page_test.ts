import { assertEquals } from "@std/assert";
import { buildServicesPage } from "../../tools/write_services_page.ts";

Deno.test("src/opendal/SERVICES.md is what the table of services makes: 'deno task generate'", async () => {
  const url = new URL("../../src/opendal/SERVICES.md", import.meta.url);
  assertEquals(await Deno.readTextFile(url), await buildServicesPage());
});
