import type { ObjectStoreErrorCode } from "./errors.ts";

/** The reason of a refusal. */
export const NOT_ALLOWED =
  "permission denied: check the credentials and what they may do (a missing object also looks like this to one who may not list the bucket)";
const EXPIRED =
  "the credentials are not valid any more: renew them, or give a provider that does";
/** The reason of an answer that names another place. */
export const OTHER_REGION =
  "the bucket is in another region or at another endpoint";

/** Codes of services that say more than the status. */
export const SERVICE_CODES: Readonly<
  Record<string, readonly [ObjectStoreErrorCode, string]>
> = {
  NoSuchKey: ["OBJECT_NOT_FOUND", "object not found"],
  NoSuchVersion: ["OBJECT_NOT_FOUND", "object not found"],
  NotFound: ["OBJECT_NOT_FOUND", "object not found"],
  NoSuchBucket: [
    "BUCKET_NOT_FOUND",
    "the bucket does not exist: create it, or check its name, the endpoint and the region",
  ],
  AccessDenied: ["PERMISSION_DENIED", NOT_ALLOWED],
  AllAccessDisabled: ["PERMISSION_DENIED", NOT_ALLOWED],
  NoSuchUpload: ["OTHER", "the unfinished upload is gone at the service"],
  InvalidAccessKeyId: [
    "PERMISSION_DENIED",
    "the access key is unknown to the service: check the credentials and the endpoint",
  ],
  SignatureDoesNotMatch: [
    "PERMISSION_DENIED",
    "the signature does not match: check the secret access key, and that nothing on the way changes the request",
  ],
  ExpiredToken: ["PERMISSION_DENIED", EXPIRED],
  TokenRefreshRequired: ["PERMISSION_DENIED", EXPIRED],
  InvalidToken: ["PERMISSION_DENIED", EXPIRED],
  CredentialsProviderError: [
    "PERMISSION_DENIED",
    "no credentials were found: give 'credentials', or set up what the default chain looks for",
  ],
  TokenProviderError: ["PERMISSION_DENIED", EXPIRED],
  RequestTimeTooSkewed: [
    "PERMISSION_DENIED",
    "the clock of this machine differs too much from the service's: set it",
  ],
  RequestExpired: [
    "PERMISSION_DENIED",
    "the request came too late: check the clock of this machine",
  ],
  InvalidObjectState: [
    "OTHER",
    "the object is archived: restore it before it is read",
  ],
  AuthorizationHeaderMalformed: ["OTHER", OTHER_REGION],
  IllegalLocationConstraintException: ["OTHER", OTHER_REGION],
  PermanentRedirect: ["OTHER", OTHER_REGION],
  TemporaryRedirect: ["OTHER", OTHER_REGION],
  Redirect: ["OTHER", OTHER_REGION],
  KeyTooLongError: ["INVALID_OBJECT_NAME", "the service refuses its name"],
  KeyTooLong: ["INVALID_OBJECT_NAME", "the service refuses its name"],
  InvalidURI: ["INVALID_OBJECT_NAME", "the service refuses its name"],
  InvalidObjectName: ["INVALID_OBJECT_NAME", "the service refuses its name"],
  XMinioInvalidObjectName: [
    "INVALID_OBJECT_NAME",
    "the service refuses its name",
  ],
  XMinioInvalidResourceName: [
    "INVALID_OBJECT_NAME",
    "the service refuses its name",
  ],
  ObjectParentIsFile: [
    "OBJECT_NAME_CONFLICT",
    "the service cannot hold it beside an object that its name goes through",
  ],
  XMinioParentIsObject: [
    "OBJECT_NAME_CONFLICT",
    "the service cannot hold it beside an object that its name goes through",
  ],
  ExistingObjectIsDirectory: [
    "OBJECT_NAME_CONFLICT",
    "the service cannot hold it beside objects whose names go through it",
  ],
  XMinioObjectExistsAsDirectory: [
    "OBJECT_NAME_CONFLICT",
    "the service cannot hold it beside objects whose names go through it",
  ],
};

/** Codes of services that are worth trying again whatever the status (clause 25). */
export const TRANSIENT_SERVICE_CODES: ReadonlySet<string> = new Set([
  ...[
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "Busy",
    "ServiceUnavailable",
  ],
  ...[
    "InternalError",
    "InternalFailure",
    "RequestTimeout",
    "ServerNotInitialized",
  ],
  ...[
    "RequestTimeoutException",
    "OperationAborted",
    "ConditionalRequestConflict",
  ],
  ...["BadDigest", "IncompleteBody", "XAmzContentChecksumMismatch"],
  ...["XAmzContentSHA256Mismatch", "XMinioServerNotInitialized"],
  ...[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
  ],
  ...["PriorRequestNotComplete", "ProvisionedThroughputExceededException"],
  ...["RequestLimitExceeded", "RequestThrottled", "RequestThrottledException"],
  ...["Throttling", "ThrottlingException", "ThrottledException"],
  ...[
    "TooManyRequests",
    "TooManyRequestsException",
    "TransactionInProgressException",
  ],
]);

/** Codes of the system and of Node for connections (clause 25). */
export const TRANSIENT_SYSTEM_CODES: ReadonlySet<string> = new Set([
  ...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT"],
  ...[
    "ESOCKETTIMEDOUT",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETUNREACH",
    "ENETDOWN",
  ],
  ...["ENETRESET", "ENOTCONN", "EADDRNOTAVAIL", "EAI_AGAIN", "ENOTFOUND"],
  ...["EAI_NODATA", "EAI_NONAME", "ERR_STREAM_PREMATURE_CLOSE"],
  ...["ERR_SOCKET_CONNECTION_TIMEOUT", "ERR_HTTP_REQUEST_TIMEOUT"],
  ...["ERR_SOCKET_CLOSED", "ERR_SOCKET_CLOSED_BEFORE_CONNECTION"],
  ...["ConnectionRefused", "ConnectionClosed", "FailedToOpenSocket"],
  ...["UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"],
  ...["UND_ERR_BODY_TIMEOUT", "UND_ERR_CLOSED"],
]);

/** Codes of Node's parser for an answer that has ended too early. */
export const CUT_OFF: ReadonlySet<string> = new Set([
  ...["HPE_INVALID_EOF_STATE", "HPE_CLOSED_CONNECTION"],
]);

/** Names of Deno's and the SDK's classes for lost connections. */
export const TRANSIENT_CLASSES: ReadonlySet<string> = new Set([
  ...["ConnectionRefused", "ConnectionReset", "ConnectionAborted", "TimedOut"],
  ...["NotConnected", "AddrNotAvailable", "BrokenPipe", "UnexpectedEof"],
  ...["NetworkUnreachable", "Interrupted", "Http", "TimeoutError"],
]);

/** Names of the SDK's errors that no answer has led to. */
export const NAMED: ReadonlySet<string> = new Set([
  ...["CredentialsProviderError", "TokenProviderError"],
]);

/**
 * Tells whether a code is one by which Node says that a peer's certificate is not
 * to be trusted, or that the peer does not speak TLS.
 *
 * @param code The code of an error.
 */
export function isTlsCode(code: unknown): boolean {
  return typeof code === "string" &&
    (TLS_CODES.has(code) || code.startsWith("ERR_TLS_") ||
      code.startsWith("ERR_SSL_") || code.startsWith("CERT_"));
}

const TLS_CODES: ReadonlySet<string> = new Set([
  ...["UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ...["SELF_SIGNED_CERT_IN_CHAIN", "INVALID_CA", "INVALID_PURPOSE"],
  ...["HOSTNAME_MISMATCH", "PATH_LENGTH_EXCEEDED", "UNABLE_TO_GET_CRL"],
  ...["ERROR_IN_CERT_NOT_BEFORE_FIELD", "ERROR_IN_CERT_NOT_AFTER_FIELD"],
]);
