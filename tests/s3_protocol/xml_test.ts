import { assertEquals } from "@std/assert";
import { decode, elements, encode, textOf } from "../../src/s3_protocol/xml.ts";

Deno.test("textOf() decodes the first element of a name", () => {
  const xml = `<?xml version="1.0"?><Error xmlns="x"><Code>A&amp;B</Code>` +
    `<Key>a&lt;&#34;&#x1F642;&#9;&apos;</Key><Code>C</Code><Empty/></Error>`;
  assertEquals(textOf(xml, "Code"), "A&B");
  assertEquals(textOf(xml, "Key"), `a<"🙂\t'`);
  assertEquals(textOf(xml, "Empty"), "");
  assertEquals(textOf(xml, "Missing"), undefined);
});

Deno.test("elements() keeps texts of several lines, and names apart that begin alike", () => {
  const xml = "<Contents><Key>a\nb</Key></Contents><ContentsX>c</ContentsX>" +
    "<Contents><Key>d</Key></Contents>";
  assertEquals(elements(xml, "Contents").length, 2);
  assertEquals(elements(xml, "Key"), ["a\nb", "d"]);
});

Deno.test("encode() gives what decode() takes back", () => {
  const text = `<a href="b">&amp;'\r\n`;
  assertEquals(/[<>"'\r\n]/.test(encode(text)), false);
  assertEquals(decode(encode(text)), text);
});
