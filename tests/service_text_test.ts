import { assertEquals } from "@std/assert";
import { cleanCode, cleanMessage, hideSecrets } from "../src/service_text.ts";

Deno.test("cleanCode() keeps codes of services, and nothing that is none", () => {
  for (const code of ["NoSuchKey", "XMinioStorageFull", "a.b-c_d:e"]) {
    assertEquals(cleanCode(code), code);
  }
  for (const code of ["", "a b", "\u001b[31m", "x".repeat(65), 7, null, "é"]) {
    assertEquals(cleanCode(code), undefined, String(code));
  }
});

Deno.test("cleanMessage() gives one line without control characters, and cuts it", () => {
  assertEquals(cleanMessage(" a\n b\u001b[31mc\u202e "), "a b [31mc");
  assertEquals(cleanMessage("x".repeat(10 ** 6)), `${"x".repeat(200)}…`);
  for (const nothing of ["", " \n", "\u0000", undefined, 7]) {
    assertEquals(cleanMessage(nothing), undefined);
  }
});

Deno.test("hideSecrets() leaves no secret in a text, however often it is there", () => {
  assertEquals(
    hideSecrets("a secret, a secret and token", ["secret", "token", undefined]),
    "a [not shown], a [not shown] and [not shown]",
  );
});
