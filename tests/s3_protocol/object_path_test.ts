import { assertEquals } from "@std/assert";
import {
  encodePath,
  encodeQuery,
  refusedKeyReason,
} from "../../src/s3_protocol/object_path.ts";

const ODD_KEYS: Record<string, string> = {
  "a b": "a%20b",
  "a+b": "a%2Bb",
  "a%2Fb": "a%252Fb",
  "%2e%2e/x": "%252e%252e/x",
  "é/e\u0301": "%C3%A9/e%CC%81",
  "!'()*~": "%21%27%28%29%2A~",
  "?#[]@&=;:,$": "%3F%23%5B%5D%40%26%3D%3B%3A%2C%24",
  "a\\..\\b": "a%5C..%5Cb",
  "\n\t\r": "%0A%09%0D",
  "🙂": "%F0%9F%99%82",
};

Deno.test("encodePath() gives each odd key its own path, which a URL keeps", () => {
  for (const [key, path] of Object.entries(ODD_KEYS)) {
    assertEquals(encodePath(key), path);
    assertEquals(new URL(`http://h/b/${path}`).pathname, `/b/${path}`);
    assertEquals(decodeURIComponent(path), key);
  }
});

Deno.test("encodeQuery() sorts by name and encodes strictly", () => {
  assertEquals(
    encodeQuery({ uploadId: "a/b=", partNumber: "1", "list-type": "2" }),
    "list-type=2&partNumber=1&uploadId=a%2Fb%3D",
  );
  assertEquals(encodeQuery({ uploads: "" }), "uploads=");
});

Deno.test("refusedKeyReason() refuses what servers make another key of", () => {
  const refused = ["", "/a", "a/", "a//b", ".", "a/./b", "..", "a/..", "../a"];
  const kept = ["a", "a/b", "...", "a/.b", "..a/b..", "a\\b", " ", "\n"];
  for (const key of [...refused, "a\x01", "\x1f", "a\uffff"]) {
    assertEquals(typeof refusedKeyReason(key), "string", JSON.stringify(key));
  }
  for (const key of [...kept, ...Object.keys(ODD_KEYS)]) {
    assertEquals(refusedKeyReason(key), undefined, JSON.stringify(key));
  }
});
