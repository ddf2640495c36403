import { assert, assertEquals } from "@std/assert";
import { holdsSecret } from "../../../conformance/checks/holds_secret.ts";

const SECRET = "wJalr/XUtnFEMI+K7 é";

Deno.test("a secret is found as it is, in a URL, and in Base64 whatever stands before and behind it", () => {
  const encode = (text: string) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const texts = [
    `key=${SECRET}.`,
    `?key=${encodeURIComponent(SECRET)}`,
    encode(SECRET),
    ...["", "u", "us", "use"].flatMap((before) =>
      ["", "x", "xy", "xyz"].map((behind) =>
        `Basic ${encode(`${before}:${SECRET}${behind}`)}`
      )
    ),
    encode(`user:${SECRET}`).replaceAll("+", "-").replaceAll("/", "_"),
  ];
  for (const text of texts) assert(holdsSecret(text, SECRET), text);
});

Deno.test("no secret is found where there is none, nor where it is empty", () => {
  const texts = ["wJalr/XUtnFEMI", btoa("user:another secret"), ""];
  assertEquals(texts.filter((text) => holdsSecret(text, SECRET)), []);
  assertEquals(holdsSecret("anything", ""), false);
});
