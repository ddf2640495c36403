import { assertEquals } from "@std/assert";
import { buildSignatures } from "./write_signatures.ts";

Deno.test("conformance/diagnosis/signatures.json is what the mutants make: 'deno task generate'", async () => {
  const url = new URL(
    "../../conformance/diagnosis/signatures.json",
    import.meta.url,
  );
  assertEquals(
    JSON.parse(await Deno.readTextFile(url)),
    JSON.parse(buildSignatures()),
  );
});
