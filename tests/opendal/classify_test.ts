import { assertEquals } from "@std/assert";
import { causeOf, meaningOf, readFailure } from "../../src/opendal/classify.ts";

function codeOf(text: string): string | undefined {
  const failure = readFailure(new Error(text));
  return failure && meaningOf(failure).code;
}

Deno.test("the beginning of an error of OpenDAL says what it means", () => {
  const texts = {
    "NotFound (permanent) at stat, context: { service: fs }":
      "OBJECT_NOT_FOUND",
    "PermissionDenied (permanent) at read => no": "PERMISSION_DENIED",
    "RateLimited (temporary) at write => slow down": "TRANSIENT",
    "Unexpected (temporary) at stat => send http request": "TRANSIENT",
    "Unexpected (persistent) at stat => after retries": "TRANSIENT",
    "Unexpected (permanent) at read => no": "OTHER",
    "Unsupported (permanent) at list => no": "OTHER",
    "ConditionNotMatch (permanent) at read => 412": "TRANSIENT",
    "ConditionNotMatch (temporary) at stat => 412": "OTHER",
    "RangeNotSatisfied (permanent) at read => 416": "TRANSIENT",
    "ConfigInvalid (permanent) at write => NoSuchBucket": "BUCKET_NOT_FOUND",
    "ConfigInvalid (permanent) at Builder::build => no bucket": "OTHER",
    "Unexpected (permanent) at , context: { expect: 9 } => too little":
      "TRANSIENT",
  };
  for (const [text, code] of Object.entries(texts)) {
    assertEquals(codeOf(text), code, text);
  }
});

Deno.test("a text that only contains such words is no error of OpenDAL", () => {
  const texts = [
    "the file says NotFound (permanent) at stat, context: …",
    "NotFound (permanent) at",
    "NotFound at stat",
    "ENOENT: no such file or directory",
    "",
  ];
  for (const text of texts) assertEquals(codeOf(text), undefined, text);
  assertEquals(readFailure("NotFound (permanent) at stat => x"), undefined);
});

Deno.test("what follows the beginning decides nothing", () => {
  const text =
    "Unexpected (permanent) at stat, context: { response: NotFound (permanent) at stat, 503 } => SlowDown timeout";
  assertEquals(codeOf(text), "OTHER");
});

Deno.test("the cause has what the service said, and no address, control character or secret", () => {
  const text =
    'PermissionDenied (permanent) at read, context: { uri: http://host/a?sig=SECRET-1 } => AzblobError { code: "No", message: "\u001b[31mKey SECRET-2 at http://host/a?sig=SECRET-3 is old, as at redis://user:SECRET-4@host" }';
  const { message } = causeOf(new Error(text), ["SECRET-2"]);
  assertEquals(
    message,
    'PermissionDenied at read: AzblobError { code: "No", message: " [31mKey [not shown] at http://host/a?… is old, as at redis://…@host" }',
  );
});
