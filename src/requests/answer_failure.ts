import { StoreFailure } from "../driver.ts";
import { failureOfAnswer } from "../failure.ts";

/**
 * The failure that an answer of a service means.
 *
 * @example
 * ```ts
 * import { AnswerFailure } from "@storekit/object-store/driver";
 *
 * export async function checkAnswer(answer: Response): Promise<void> {
 *   if (answer.ok) return;
 *   await answer.body?.cancel();
 *   throw new AnswerFailure(answer);
 * }
 * ```
 */
export class AnswerFailure extends StoreFailure {
  /** The name of its class. */
  override readonly name: string = "AnswerFailure";
  /** The status of the answer. */
  readonly status: number;
  /** Milliseconds after which the service wants to be asked again, if it said so. */
  readonly retryAfter: number | undefined;

  /**
   * Judges an answer by its status and the service's code, never by its text
   * (clauses 22 to 25): `404` is a missing object, `401` and `403` are denied,
   * `408`, `425`, `429` and `5xx` but for `501` and `505` are transient. Of
   * codes those of S3 are known.
   *
   * @param answer The answer. Its body is not read: cancel it, or read it up to a bound.
   * @param said The service's own code and words, where its body has them; the
   * words are cut and cleaned, and must hold no secret.
   */
  constructor(
    answer: Pick<Response, "status" | "headers">,
    said: { code?: string; message?: string } = {},
  ) {
    const { status } = answer;
    const { code, reason } = failureOfAnswer({ status, ...said });
    super(code, reason);
    this.status = status;
    this.retryAfter = readRetryAfter(answer.headers.get("retry-after"));
  }
}

/** Seconds, or a date. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
