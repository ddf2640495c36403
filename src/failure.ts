import type { Failure } from "./driver.ts";
import {
  CUT_OFF,
  isTlsCode,
  NAMED,
  NOT_ALLOWED,
  OTHER_REGION,
  SERVICE_CODES,
  TRANSIENT_CLASSES,
  TRANSIENT_SERVICE_CODES,
  TRANSIENT_SYSTEM_CODES,
} from "./failure_codes.ts";
import { cleanCode, cleanMessage } from "./service_text.ts";

/**
 * Facts about an answer of a service that is not a success, or about what a
 * client threw for it.
 */
export interface Evidence {
  /** The HTTP status. */
  readonly status?: number | undefined;
  /** The service's own code, such as `NoSuchKey`, or the system's, such as `ECONNRESET`. */
  readonly code?: string | undefined;
  /** The service's own words about it, without a secret. */
  readonly message?: string | undefined;
  /** The region that the service says the bucket is in. */
  readonly region?: string | undefined;
}

/** Statuses of the service that trying again does not change. */
const PERMANENT_SERVER_STATUSES: ReadonlySet<number> = new Set([501, 505]);
const TRANSIENT_CLIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Says what an answer means (clauses 22 to 25), by status and code alone.
 *
 * @param evidence What is known of the answer.
 */
export function failureOfAnswer(evidence: Evidence): Failure {
  const { status } = evidence;
  const code = cleanCode(evidence.code) ?? "";
  const message = cleanMessage(evidence.message);
  const region = cleanCode(evidence.region);
  const answer = describe({ status, code });
  if (isTransientStatus(status) || TRANSIENT_SERVICE_CODES.has(code)) {
    return { code: "TRANSIENT", reason: `the service answered ${answer}` };
  }
  const known = Object.hasOwn(SERVICE_CODES, code)
    ? SERVICE_CODES[code]
    : undefined;
  const said = message ? `: ${message}` : "";
  if (known?.[1] === OTHER_REGION || (!known && REDIRECTS.has(status ?? 0))) {
    const where = region === undefined
      ? "set 'region' and 'endpoint'"
      : `set 'region' to ${JSON.stringify(region)}`;
    return {
      code: "OTHER",
      reason: `${OTHER_REGION}: ${where} (${answer})`,
    };
  }
  if (known?.[0] === "OBJECT_NOT_FOUND") {
    return { code: known[0], reason: known[1] };
  }
  if (known) return { code: known[0], reason: withAnswer(known[1], answer) };
  if (status === 401 || status === 403) {
    return {
      code: "PERMISSION_DENIED",
      reason: withAnswer(NOT_ALLOWED, answer),
    };
  }
  if (status === 404) {
    const hint = code === "" && message ? `, or ${message}` : "";
    return { code: "OBJECT_NOT_FOUND", reason: `object not found${hint}` };
  }
  return { code: "OTHER", reason: `the service answered ${answer}${said}` };
}

/**
 * Says what a value means that a client, a socket or `fetch` threw, or
 * `undefined` if it is no failure of the service. It looks at statuses, codes
 * and classes, here and down the causes, and never at texts.
 *
 * @param error Anything that was thrown.
 */
export function failureOf(error: unknown): Failure | undefined {
  let current = error;
  for (let depth = 0; depth < 8 && isObject(current); depth++) {
    const failure = failureOfOne(current);
    if (failure) return failure;
    if (isAbort(current)) return undefined;
    current = current.cause;
  }
  return undefined;
}

/**
 * Tells whether a failure is that of a request which was silent too long: it has
 * waited enough and is not tried again within the operation.
 *
 * @param error Anything that was thrown.
 */
export function isSilence(error: unknown): boolean {
  return isObject(error) && error.name === "SilenceError";
}

/** Statuses that mean that an object which was there is so no more: it was replaced or deleted. */
export function isReplacedStatus(status: number): boolean {
  return status === 404 || status === 412 || status === 416;
}

/** Tells whether a HEAD, which has no body to tell more, leaves open what an answer with this status means. */
export function isVagueStatus(status: number): boolean {
  return status === 400 || status === 403 || status === 404;
}

type Thrown = Record<string, unknown>;

/** Names of our own errors, whose texts say what has happened. */
const OWN: ReadonlySet<unknown> = new Set([
  ...["ConnectionError", "SilenceError", "LateError"],
]);

function failureOfOne(error: Thrown): Failure | undefined {
  const evidence = readEvidence(error);
  const { status, code } = evidence;
  if (code === "ERR_PROXY_TUNNEL") {
    return {
      code: "OTHER",
      reason:
        `the proxy refuses to connect to the service (${code}): check 'HTTPS_PROXY' and 'NO_PROXY'`,
    };
  }
  if (code === "ERR_PROXY_INVALID_CONFIG") {
    return {
      code: "OTHER",
      reason:
        `the proxy that the environment names cannot be used (${code}): 'HTTPS_PROXY' and 'HTTP_PROXY' are "http://host:port", or "https://" and a host's name`,
    };
  }
  if (status !== undefined) return failureOfAnswer(evidence);
  if (code === "CERT_NOT_ACCEPTED") {
    return {
      code: "OTHER",
      reason:
        `the server's certificate is not trusted (${code}): check 'endpoint' and 'caCerts'; one that is its own authority has to say CA:FALSE`,
    };
  }
  if (isTlsCode(code)) {
    return {
      code: "OTHER",
      reason:
        `the server's certificate is not trusted or it does not speak TLS (${code}): check 'endpoint' and 'caCerts'`,
    };
  }
  if (code?.startsWith("HPE_") && !CUT_OFF.has(code)) {
    return {
      code: "OTHER",
      reason:
        `what answers does not speak HTTP as it should (${code}): check 'endpoint', also whether it is "http:" or "https:"`,
    };
  }
  if (code !== undefined && OWN.has(error.name)) {
    const said = String(error.message).slice(0, 200);
    return {
      code: "TRANSIENT",
      reason: code === "ECONNRESET" ? said : `${said} (${code})`,
    };
  }
  if (
    code !== undefined &&
    (TRANSIENT_SYSTEM_CODES.has(code) || CUT_OFF.has(code))
  ) {
    return { code: "TRANSIENT", reason: `the connection failed (${code})` };
  }
  const ownCode = [error.Code, error.code].find((value) =>
    typeof value === "string"
  ) as string | undefined;
  if (ownCode !== undefined && isServiceCode(ownCode)) {
    return failureOfAnswer({ code: ownCode });
  }
  // Names of classes mean less than codes: there is a local NotFound, too.
  for (const name of [error.name, classOf(error)]) {
    if (typeof name !== "string") continue;
    if (TRANSIENT_CLASSES.has(name)) {
      return { code: "TRANSIENT", reason: `the connection failed (${name})` };
    }
    if (NAMED.has(name) || TRANSIENT_SERVICE_CODES.has(name)) {
      return failureOfAnswer({ code: name });
    }
  }
  return undefined;
}

/**
 * Tells whether a code of a service is one whose meaning is known.
 *
 * @param code What the service gave.
 */
export function isServiceCode(code: string | undefined): code is string {
  return code !== undefined &&
    (Object.hasOwn(SERVICE_CODES, code) || TRANSIENT_SERVICE_CODES.has(code));
}

function readEvidence(error: Thrown): Evidence {
  const metadata = isObject(error.$metadata) ? error.$metadata : {};
  const status = [error.status, error.statusCode, metadata.httpStatusCode]
    .find((value): value is number =>
      typeof value === "number" && value >= 0 && value < 1000
    );
  // The AWS SDK names its errors after the service's codes.
  const name = error.$metadata === undefined ? undefined : error.name;
  const code = [error.Code, error.code, name]
    .find((value): value is string => typeof value === "string");
  const region = [error.region, error.Region]
    .find((value): value is string => typeof value === "string");
  const message = status !== undefined && typeof error.message === "string"
    ? error.message
    : undefined;
  return { status, code, region, message };
}

function isTransientStatus(status: number | undefined): boolean {
  if (status === undefined) return false;
  return TRANSIENT_CLIENT_STATUSES.has(status) ||
    (status >= 500 && status < 600 && !PERMANENT_SERVER_STATUSES.has(status));
}

function describe({ status, code }: Evidence): string {
  const parts = [
    status === undefined ? undefined : `status ${status}`,
    !code || code === "Unknown" ? undefined : code,
  ];
  return parts.filter((part) => part !== undefined).join(" ");
}

function withAnswer(reason: string, answer: string): string {
  return answer === "" ? reason : `${reason} (${answer})`;
}

function classOf(error: Thrown): unknown {
  return (error.constructor as { name?: unknown } | undefined)?.name;
}

function isAbort(error: Thrown): boolean {
  return error.name === "AbortError";
}

function isObject(value: unknown): value is Thrown {
  return typeof value === "object" && value !== null;
}
