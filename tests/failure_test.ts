import { assertEquals, assertStringIncludes } from "@std/assert";
import { failureOf, failureOfAnswer } from "../src/failure.ts";

function codeOf(error: unknown): string | undefined {
  return failureOf(error)?.code;
}

/** An error with these members, as an SDK throws it. */
function errorWith(members: Record<string, unknown>): Error {
  return Object.assign(new Error("503 SlowDown ECONNRESET timeout"), members);
}

Deno.test("failureOfAnswer() takes statuses as the contract does", () => {
  const transient = [408, 425, 429, 500, 502, 503, 504, 507, 509, 599];
  const other = [301, 302, 307, 308, 400, 405, 409, 411, 412, 416, 501, 505];
  for (const status of transient) {
    assertEquals(failureOfAnswer({ status }).code, "TRANSIENT", `${status}`);
  }
  for (const status of other) {
    assertEquals(failureOfAnswer({ status }).code, "OTHER", `${status}`);
  }
  assertEquals(failureOfAnswer({ status: 401 }).code, "PERMISSION_DENIED");
  assertEquals(failureOfAnswer({ status: 403 }).code, "PERMISSION_DENIED");
  assertEquals(failureOfAnswer({ status: 404 }).code, "OBJECT_NOT_FOUND");
});

Deno.test("failureOfAnswer() takes the service's code before a 4xx", () => {
  const expected: [number, string, string][] = [
    [404, "NoSuchKey", "OBJECT_NOT_FOUND"],
    [404, "NoSuchBucket", "BUCKET_NOT_FOUND"],
    [404, "NoSuchUpload", "OTHER"],
    [400, "RequestTimeout", "TRANSIENT"],
    [409, "OperationAborted", "TRANSIENT"],
    [400, "BadDigest", "TRANSIENT"],
    [400, "XAmzContentChecksumMismatch", "TRANSIENT"],
    [403, "SlowDown", "TRANSIENT"],
    [400, "ExpiredToken", "PERMISSION_DENIED"],
    [403, "RequestTimeTooSkewed", "PERMISSION_DENIED"],
    [403, "SignatureDoesNotMatch", "PERMISSION_DENIED"],
    [403, "InvalidAccessKeyId", "PERMISSION_DENIED"],
    [403, "AccessDenied", "PERMISSION_DENIED"],
    [403, "InvalidObjectState", "OTHER"],
    [400, "KeyTooLongError", "INVALID_OBJECT_NAME"],
    [400, "XMinioInvalidObjectName", "INVALID_OBJECT_NAME"],
    [409, "ObjectParentIsFile", "OBJECT_NAME_CONFLICT"],
    [409, "ExistingObjectIsDirectory", "OBJECT_NAME_CONFLICT"],
    [409, "BucketAlreadyExists", "OTHER"],
    [400, "toString", "OTHER"],
  ];
  for (const [status, code, meaning] of expected) {
    assertEquals(failureOfAnswer({ status, code }).code, meaning, code);
  }
});

Deno.test("failureOfAnswer() is transient for a 5xx whatever the code", () => {
  assertEquals(
    failureOfAnswer({ status: 503, code: "NoSuchKey" }).code,
    "TRANSIENT",
  );
});

Deno.test("failureOfAnswer() tells what to do", () => {
  const cases: [Parameters<typeof failureOfAnswer>[0], string][] = [
    [{ status: 404, code: "NoSuchBucket" }, "create it"],
    [{ status: 403 }, "a missing object also looks like this"],
    [{ status: 400, code: "ExpiredToken" }, "renew them"],
    [{ status: 301, region: "eu-west-1" }, `set 'region' to "eu-west-1"`],
    [{ status: 301, code: "PermanentRedirect" }, "set 'region' and 'endpoint'"],
    [{ status: 307, code: "TemporaryRedirect" }, "another region"],
    [{ status: 403, code: "RequestTimeTooSkewed" }, "clock of this machine"],
    [{ status: 403, code: "SignatureDoesNotMatch" }, "secret access key"],
    [{ status: 400, code: "Odd", message: "what it says" }, "what it says"],
  ];
  for (const [evidence, text] of cases) {
    assertStringIncludes(failureOfAnswer(evidence).reason, text);
  }
});

Deno.test("failureOf() knows the errors of both SDKs by status and code", () => {
  const aws = (status: number, name = "Unknown") =>
    errorWith({ name, $metadata: { httpStatusCode: status } });
  assertEquals(codeOf(aws(404, "NotFound")), "OBJECT_NOT_FOUND");
  assertEquals(codeOf(aws(503)), "TRANSIENT");
  assertEquals(codeOf(aws(403)), "PERMISSION_DENIED");
  assertEquals(codeOf(errorWith({ name: "TimeoutError" })), "TRANSIENT");
  assertEquals(
    codeOf(errorWith({ name: "CredentialsProviderError" })),
    "PERMISSION_DENIED",
  );
  const minio = (code: string) => errorWith({ name: "S3Error", code });
  assertEquals(codeOf(minio("NoSuchKey")), "OBJECT_NOT_FOUND");
  assertEquals(codeOf(minio("SlowDown")), "TRANSIENT");
  assertEquals(codeOf(minio("NoSuchBucket")), "BUCKET_NOT_FOUND");
});

Deno.test("failureOf() knows lost connections by Node's codes and Deno's classes", () => {
  const codes = [
    ...["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"],
    ...["ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "ECONNABORTED"],
    "ERR_STREAM_PREMATURE_CLOSE",
  ];
  for (const code of codes) {
    assertEquals(codeOf(errorWith({ code })), "TRANSIENT", code);
  }
  const { errors } = Deno;
  const classes = [
    ...[errors.ConnectionReset, errors.ConnectionRefused, errors.TimedOut],
    ...[errors.ConnectionAborted, errors.BrokenPipe, errors.UnexpectedEof],
  ];
  for (const Class of classes) {
    assertEquals(codeOf(new Class("x")), "TRANSIENT", Class.name);
  }
});

Deno.test("failureOf() follows causes, also in a circle", () => {
  const deep = new TypeError("fetch failed", {
    cause: new Error("x", { cause: errorWith({ code: "ECONNRESET" }) }),
  });
  assertEquals(codeOf(deep), "TRANSIENT");
  const circle = new Error("x");
  circle.cause = circle;
  assertEquals(codeOf(circle), undefined);
});

Deno.test("failureOf() knows what was thrown that is no Error", () => {
  assertEquals(codeOf({ Code: "InternalError", Message: "x" }), "TRANSIENT");
  assertEquals(codeOf({ code: "NoSuchUpload" }), "OTHER");
  for (const thrown of ["503", 503, null, undefined, {}, () => {}]) {
    assertEquals(codeOf(thrown), undefined);
  }
});

Deno.test("failureOf() takes certificates and local errors for lasting", () => {
  for (
    const code of [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "CERT_HAS_EXPIRED",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "ERR_SSL_WRONG_VERSION_NUMBER",
    ]
  ) assertEquals(codeOf(errorWith({ code })), "OTHER", code);
  for (const code of ["ENOENT", "EACCES", "ENOSPC", "EISDIR"]) {
    assertEquals(codeOf(errorWith({ code })), undefined, code);
  }
  assertEquals(codeOf(new Deno.errors.NotFound("x")), undefined);
  assertEquals(codeOf(new Deno.errors.NotCapable("x")), undefined);
  assertEquals(codeOf(new DOMException("x", "AbortError")), undefined);
});

Deno.test("failureOf() does not read texts", () => {
  assertEquals(codeOf(errorWith({})), undefined);
  assertEquals(codeOf(errorWith({ status: 404 })), "OBJECT_NOT_FOUND");
});
