import { escapeXml } from "./escape_xml.ts";
import type { Dialect, WireRequest } from "./fault.ts";

const CODES: Readonly<Record<number, string>> = {
  400: "InvalidRequest",
  401: "AccessDenied",
  403: "AccessDenied",
  404: "NoSuchKey",
  405: "MethodNotAllowed",
  408: "RequestTimeout",
  409: "BucketAlreadyExists",
  411: "MissingContentLength",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "TooManyRequests",
  500: "InternalError",
  501: "NotImplemented",
  502: "BadGateway",
  503: "SlowDown",
  504: "GatewayTimeout",
  505: "HttpVersionNotSupported",
};

/** Parameters that name no part of an object: the operation's name, and a signature in the URL. */
const NO_SUBRESOURCE =
  /^x-(?:id|amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256))$/i;

/** The errors, commits and discards of S3 and of what speaks like it. */
export const s3Dialect: Required<Dialect> = {
  errorBody(_status, code, message = "Injected by the conformance kit") {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${
      escapeXml(code)
    }</Code><Message>${
      escapeXml(message)
    }</Message><RequestId>kit</RequestId></Error>`;
  },
  transientCodes: [
    "SlowDown",
    "ServiceUnavailable",
    "InternalError",
    "RequestTimeout",
    "RequestTimeoutException",
    "OperationAborted",
    "BadDigest",
    "IncompleteBody",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
  ],
  codeOf: (status) => CODES[status],
  isCommit(request) {
    if (request.method === "POST") return isUpload(request);
    return request.method === "PUT" && isObject(request) &&
      ![...request.query.keys()].some((name) => !NO_SUBRESOURCE.test(name)) &&
      request.headers["x-amz-copy-source"] === undefined;
  },
  isDiscard: (request) => request.method === "DELETE" && isUpload(request),
  // What completes an upload takes long, so the status is sent before.
  errorIn200: (request) => request.method === "POST" && isUpload(request),
};

function isUpload({ query }: WireRequest): boolean {
  return query.has("uploadId") && !query.has("partNumber");
}

/** In path style the bucket comes first; a bucket alone is no object. */
function isObject({ path }: WireRequest): boolean {
  return /^\/[^/]+\/./.test(path);
}
