import { assertEquals } from "@std/assert";
import { printable } from "../../../conformance/report/printable.ts";

Deno.test("printable() escapes what a terminal obeys and what nobody sees", () => {
  assertEquals(printable("a\u001b[31mb\r"), "a\\u{1b}[31mb\\u{d}");
  assertEquals(printable("\ufeffmark\u202e"), "\\u{feff}mark\\u{202e}");
  assertEquals(printable("lone \ud800"), "lone \\u{d800}");
});

Deno.test("printable() leaves line breaks and letters of all alphabets", () => {
  assertEquals(printable("one\ntwo: 漢字 😀 é"), "one\ntwo: 漢字 😀 é");
});

Deno.test("printable() cuts a line that a service has chosen without bound", () => {
  const shown = printable(`${"x".repeat(100_000)}\nnext`);
  assertEquals(shown.split("\n").length, 2);
  assertEquals(shown.endsWith("… (98000 more characters)\nnext"), true);
});
