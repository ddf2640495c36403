import { StoreFailure } from "../driver.ts";
import { failureOf, isVagueStatus } from "../failure.ts";
import { AnswerError } from "./http/answer_error.ts";
import type { S3Request, S3Response } from "./http/transport.ts";

/**
 * Finds out what an answer to a HEAD means, which has no body: a GET of the
 * first byte fails in the same way, and says why.
 *
 * @param error What the HEAD was answered with.
 * @param request The HEAD.
 * @param ask Sends a request.
 * @throws The reason, unless the object is there by now.
 */
export async function explainHead(
  error: unknown,
  { key, signal }: S3Request,
  ask: (request: S3Request) => Promise<S3Response>,
): Promise<void> {
  if (!(error instanceof AnswerError) || !isVagueStatus(error.status)) {
    throw error;
  }
  if (error.code !== undefined && error.code !== "NotFound") throw error;
  try {
    const response = await ask({
      operation: "GetObject",
      method: "GET",
      key: key!,
      headers: { range: "bytes=0-0" },
      signal,
    });
    await response.cancel();
  } catch (reason) {
    const isForbidden = failureOf(reason)?.code === "PERMISSION_DENIED";
    if (failureOf(error)?.code === "OBJECT_NOT_FOUND" && isForbidden) {
      throw new StoreFailure(
        "OBJECT_NOT_FOUND",
        "object not found, or its bucket is missing: telling which was forbidden",
        { cause: reason },
      );
    }
    // An empty object has no first byte, and so it is there.
    if (isEmptyRange(reason)) return;
    throw reason;
  }
  if (failureOf(error)?.code !== "OBJECT_NOT_FOUND") throw error;
}

/** Tells whether the first byte of an empty object was asked for, which MinIO and S3 refuse. */
function isEmptyRange(error: unknown): boolean {
  return error instanceof AnswerError && error.code === "InvalidRange";
}
