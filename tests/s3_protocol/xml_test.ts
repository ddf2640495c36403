import { assert, assertEquals } from "@std/assert";
import {
  decode,
  elements,
  encode,
  isError,
  isTrue,
  nameOf,
  rootOf,
  textOf,
} from "../../src/s3_protocol/xml.ts";

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

Deno.test("elements() and textOf() take one pass, whatever the answer is", () => {
  const texts = [
    "<Code>".repeat(40_000),
    "<Code ".repeat(40_000),
    "<Code>a</Code ".repeat(20_000),
    "<!--".repeat(60_000),
    "<![CDATA[".repeat(30_000),
    "<Error><Code>" + "&#".repeat(100_000) + "</Code></Error>",
    "&#" + "1".repeat(240_000),
  ];
  const began = performance.now();
  for (const text of texts) {
    elements(text, "Code");
    textOf(text, "Message");
    textOf(text, "Code");
    decode(text);
  }
  // Quadratic expressions took 20 s for one of them.
  assert(performance.now() - began < 2000);
});

Deno.test("decode() makes no character of what refers to none", () => {
  assertEquals(
    decode("&#x110000;&#1114112;&#xD800;&#99999999999999999999;&#x41;"),
    "\uFFFD\uFFFD\uFFFD\uFFFDA",
  );
  assertEquals(decode("&toString;"), "&toString;");
});

Deno.test("textOf() takes CDATA as it is, and no element out of it or a comment", () => {
  const xml = "<!-- <Code>no</Code> --><R><Key>a<![CDATA[<Code>&amp;]]>&lt;" +
    "</Key><Code>yes</Code></R>";
  assertEquals(textOf(xml, "Key"), "a<Code>&amp;<");
  assertEquals(textOf(xml, "Code"), "yes");
});

Deno.test("isTrue() takes capitals, too", () => {
  assert(isTrue("true") && isTrue("True") && isTrue(" TRUE\n"));
  assert(!isTrue("false") && !isTrue("") && !isTrue(undefined));
});

Deno.test("nameOf() gives no text that refers to no character", () => {
  const xml = (key: string) => `<Contents><Key>${key}</Key></Contents>`;
  assertEquals(nameOf(xml("a&#x1F642;"), "Key"), "a🙂");
  assertEquals(nameOf(xml("\uFFFD"), "Key"), "\uFFFD");
  for (const none of ["&#xD800;", "&#xDFFF;", "&#x110000;", "a&#55296;b"]) {
    assertEquals(nameOf(xml(none), "Key"), undefined);
  }
  assertEquals(nameOf("<Contents/>", "Key"), undefined);
});

Deno.test("rootOf() tells what an answer is", () => {
  assertEquals(
    rootOf('<?xml version="1.0"?>\n<Error><Code/></Error>'),
    "Error",
  );
  // As a service that needs long keeps the connection.
  const late = `<?xml version="1.0"?>${" ".repeat(9_000)}<Error></Error>`;
  assertEquals(isError(late), true);
  assertEquals(isError("<Errors></Errors>"), false);
  for (const none of ["", "  ", "Error", "<", "{}", "<!doctype html>"]) {
    assertEquals(rootOf(none), undefined, none);
  }
});
