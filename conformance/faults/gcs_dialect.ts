import { escapeXml } from "./escape_xml.ts";
import type { Dialect, WireRequest } from "./fault.ts";

/** Reasons of the JSON API. */
const REASONS: Readonly<Record<number, string>> = {
  400: "invalid",
  401: "authError",
  403: "forbidden",
  404: "notFound",
  405: "methodNotAllowed",
  408: "uploadBrokenConnection",
  409: "conflict",
  410: "gone",
  412: "conditionNotMet",
  413: "uploadTooLarge",
  416: "requestedRangeNotSatisfiable",
  429: "rateLimitExceeded",
  500: "internalError",
  503: "backendError",
  504: "gatewayTimeout",
};
/** Codes of the XML API. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidArgument",
  401: "AuthenticationRequired",
  403: "AccessDenied",
  404: "NoSuchKey",
  405: "MethodNotAllowed",
  411: "MissingContentLength",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "SlowDown",
  500: "InternalError",
  503: "ServiceUnavailable",
};

/**
 * The errors, commits and discards of Google Cloud Storage, in its JSON and its XML API: the path of a
 * request tells which. What is worth trying again has a status that says so, so no code says it alone.
 *
 * @example
 * ```ts ignore
 * import { defineHarness, gcsDialect } from "@storekit/object-store/conformance";
 * import { MyGcsStore } from "./my_gcs_store.ts";
 *
 * export default defineHarness({
 *   name: "MyGcsStore on fake-gcs-server",
 *   upstream: "http://127.0.0.1:4443",
 *   dialect: gcsDialect,
 *   open: ({ endpoint, prefix }) => new MyGcsStore({ endpoint, prefix }),
 * });
 * ```
 */
export const gcsDialect: Dialect = {
  errorBody(
    status,
    code,
    message = "Injected by the conformance kit",
    request,
  ) {
    if (request && !isJsonApi(request)) return xmlError(code, message);
    // A body that was asked for as it is has no document in its place.
    if (request?.query.get("alt") === "media") {
      const headers = { "content-type": "text/html; charset=UTF-8" };
      return { body: message, headers };
    }
    const errors = [{ message, domain: "global", reason: code }];
    return {
      body: JSON.stringify({ error: { code: status, message, errors } }),
      headers: { "content-type": "application/json; charset=UTF-8" },
    };
  },
  transientCodes: [],
  codeOf: (status, request) =>
    (request && !isJsonApi(request) ? CODES : REASONS)[status],
  isCommit(request) {
    const { method, path, query } = request;
    if (query.has("upload_id")) {
      return method === "PUT" && isLastPiece(request);
    }
    if (isJsonApi(request)) {
      const type = query.get("uploadType");
      return method === "POST" &&
        (type === "media" || type === "multipart" || path.endsWith("/compose"));
    }
    if (method === "POST") return isPartedUpload(request);
    return method === "PUT" && isObject(request) &&
      ![...query.keys()].some((name) => !/^x-(goog|id)/i.test(name)) &&
      request.headers["x-goog-copy-source"] === undefined &&
      request.headers["x-amz-copy-source"] === undefined;
  },
  isDiscard: (request) =>
    request.method === "DELETE" &&
    (request.query.has("upload_id") || isPartedUpload(request)),
};

function isJsonApi({ path }: WireRequest): boolean {
  return /^\/((upload|download|resumable\/upload)\/)?storage\/v\d/.test(path) ||
    path.startsWith("/batch/");
}

/** In path style the bucket comes first; a bucket alone is no object. */
function isObject({ path }: WireRequest): boolean {
  return /^\/[^/]+\/./.test(path);
}

/** An upload in parts by the XML API, as a whole. */
function isPartedUpload({ query }: WireRequest): boolean {
  return query.has("uploadId") && !query.has("partNumber");
}

// Of a resumable upload the last piece is `bytes 0-99/100`, `bytes 0-*/100`, or all in one request;
// `bytes */100` asks how far an upload is, and `bytes 0-99/*` is a piece of many.
function isLastPiece({ headers }: WireRequest): boolean {
  const range = headers["content-range"];
  if (range === undefined) return true;
  const [, last, total] = range.match(/^bytes \d+-(\d+|\*)\/(\d+|\*)$/) ?? [];
  if (last === undefined || total === undefined) return false;
  return last === "*" || Number(last) + 1 === Number(total);
}

function xmlError(code: string, message: string) {
  return {
    body: `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${
      escapeXml(code)
    }</Code><Message>${escapeXml(message)}</Message></Error>`,
    headers: { "content-type": "application/xml; charset=UTF-8" },
  };
}
