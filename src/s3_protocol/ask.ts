import { delay } from "@std/async/delay";
import { StoreFailure } from "../driver.ts";
import { failureOf, isServiceCode, isSilence } from "../failure.ts";
import { cleanCode, cleanMessage, hideSecrets } from "../service_text.ts";
import { AnswerError } from "./http/answer_error.ts";
import type {
  S3Operation,
  S3Request,
  S3Response,
  S3Transport,
} from "./http/transport.ts";
import { isError, textOf } from "./xml.ts";

/** Milliseconds before the second attempt; twice as many before each further one. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;
/** A service that wants to be left alone for longer is not waited for. */
const LONGEST_RETRY_AFTER = 10_000;

/** A number of attempts that may be made. */
export interface AttemptOptions {
  /** The number of attempts in all. */
  readonly attempts: number;
  /** Ends the wait between two. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request, and again while its failure is transient: step 2 of
 * {@linkcode S3CommonOptions.attempts}.
 *
 * @param transport How it is sent.
 * @param request What is asked.
 * @param options How often.
 * @returns An answer that is a success.
 * @throws {AnswerError} If it is not.
 */
export function ask(
  transport: S3Transport,
  request: S3Request,
  options: AttemptOptions,
): Promise<S3Response> {
  return attempt({
    ...options,
    attempts: transport.attempts ?? options.attempts,
  }, async () => {
    const response = await transport.send(request);
    const isSuccess = response.status >= 200 && response.status < 300;
    // A client that reads the answer itself shows an error within a success by its code.
    if (isSuccess && response.parsed?.Code === undefined) return response;
    throw await readRefusal(response, { transport, request });
  });
}

/**
 * Makes the error for an answer that is not a success.
 *
 * @param response The answer; its body is read.
 * @param asked What was asked, and how.
 */
export async function readRefusal(
  response: S3Response,
  { transport, request }: { transport: S3Transport; request: S3Request },
): Promise<AnswerError | StoreFailure> {
  const answer = await readAnswer(response, transport);
  if (
    !ABOUT_NO_OBJECT.has(request.operation) ||
    failureOf(answer)?.code !== "OBJECT_NOT_FOUND"
  ) return answer;
  return new StoreFailure(
    "OTHER",
    `the service answered status ${answer.status} although no object was asked for: check 'endpoint' and 'bucket'`,
    { cause: answer },
  );
}

/** These ask for no object, and so cannot be told that it is not found. */
const ABOUT_NO_OBJECT: ReadonlySet<S3Operation> = new Set([
  ...["PutObject", "CreateMultipartUpload", "UploadPart"] as const,
  ...["CompleteMultipartUpload", "ListObjectsV2"] as const,
]);

/**
 * Reads the body of an answer that is a success by its status, and refuses
 * what is none all the same (clause 25): an error within it, or the page of
 * something that stands in between.
 *
 * @param response The answer.
 * @param transport How it was asked for.
 * @returns The body; empty where an SDK has read it.
 * @throws {AnswerError} For an error or a page.
 */
export async function readSuccess(
  response: S3Response,
  transport: S3Transport,
): Promise<string> {
  const text = response.parsed ? "" : await response.text();
  if (isError(text)) throw await describeAnswer(response, text, transport);
  if (!isPage(response, text)) return text;
  throw new AnswerError({ status: response.status, message: PAGE });
}

/**
 * Tells whether something else than a service of objects has answered, such as the page of a gateway.
 *
 * @param error What was thrown.
 */
export function isPageError(error: unknown): boolean {
  return error instanceof AnswerError && error.message === PAGE;
}

/** A service that stores objects answers in XML, or with nothing. Some name a type for nothing, too. */
function isPage(response: S3Response, text: string): boolean {
  if (/^\s*<(?:!doctype|html)/i.test(text)) return true;
  if (!/html/i.test(response.header("content-type") ?? "")) return false;
  const isUnseen = response.parsed !== undefined &&
    Number(response.header("content-length") ?? 0) > 0;
  return isUnseen || response.header("etag") === undefined;
}

/**
 * Tries something again while its failure is transient. What was silent for
 * the whole timeout is not tried again.
 *
 * @param options How often.
 * @param action What to try; it is given the number of the attempt, from 1.
 */
export async function attempt<T>(
  { attempts, signal }: AttemptOptions,
  action: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 1;; number++) {
    signal.throwIfAborted();
    try {
      return await action(number);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const isWorth = number < attempts && !isSilence(error) &&
        failureOf(error)?.code === "TRANSIENT";
      const wait = waitBefore(number + 1, error);
      if (!isWorth || wait === undefined) throw error;
      await delay(wait, { signal });
    }
  }
}

/**
 * Makes an error of an answer that is not a success; its body is read. What the service says in it
 * is cleaned and cut, and holds none of the keys.
 *
 * @param response The answer.
 * @param transport How it was asked for.
 */
export async function readAnswer(
  response: S3Response,
  transport: S3Transport,
): Promise<AnswerError> {
  const xml = response.parsed ? "" : await response.text();
  await response.cancel();
  return await describeAnswer(response, xml, transport);
}

async function describeAnswer(
  response: S3Response,
  xml: string,
  transport: S3Transport,
): Promise<AnswerError> {
  const { status, parsed } = response;
  const code = parsed
    ? asText(parsed.Code)
    : textOf(xml, "Code") ?? response.header("x-minio-error-code");
  const message = parsed ? asText(parsed.Message) : textOf(xml, "Message");
  // A service that stores objects answers in XML, or with nothing.
  const isPage = code === undefined &&
    /html/i.test(response.header("content-type") ?? "");
  const hide = await makeHide(transport);
  return new AnswerError({
    status,
    code: isServiceCode(code) ? code : cleanCode(hide(code)),
    message: isPage ? PAGE : cleanMessage(hide(message)),
    region: cleanCode(hide(
      response.header("x-amz-bucket-region") ??
        (parsed ? asText(parsed.Region) : textOf(xml, "Region")),
    )),
    requestId: cleanMessage(hide(response.header("x-amz-request-id"))),
    retryAfter: readRetryAfter(response.header("retry-after")),
    size: readRefusedSize(response.header("content-range")),
  });
}

/** Makes a function that takes the keys out of a text; where they cannot be found out, it takes all. */
async function makeHide(
  transport: S3Transport,
): Promise<(text: string | undefined) => string | undefined> {
  const secrets = transport.secrets ? await transport.secrets() : [];
  return (text) => text && secrets && hideSecrets(text, secrets);
}

const PAGE = "this is the page of something else (HTML): check 'endpoint'";

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The size that the answer to a range beyond the end tells. */
function readRefusedSize(range: string | undefined): number | undefined {
  const size = Number(/^bytes \*\/(\d+)$/.exec(range ?? "")?.[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}

function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds)
    ? seconds * 1000
    : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** Milliseconds, or `undefined` if it is not worth waiting. */
function waitBefore(attempt: number, error: unknown): number | undefined {
  const asked = error instanceof AnswerError ? error.retryAfter : undefined;
  if (asked !== undefined && asked > LONGEST_RETRY_AFTER) return undefined;
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 2));
  // Half of it at random, so that many clients do not come back at once.
  return Math.max(asked ?? 0, wait * (0.5 + Math.random() / 2));
}
