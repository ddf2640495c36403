import { StoreFailure } from "../driver.ts";
import type { S3Response } from "./http/transport.ts";

/** Statuses by which a service says that an object is stored, where it names the version besides. */
const STORED: ReadonlySet<number> = new Set([200, 201, 204]);

/**
 * Refuses an answer to an upload that does not say that the object is stored. S3 names the version
 * (ETag); some small services answer 200 without it.
 *
 * @param response The answer.
 * @throws {StoreFailure} If it says something else.
 */
export function checkStored(response: S3Response): void {
  const { status } = response;
  const isNamed = response.header("etag") !== undefined;
  if (status === 200 || (isNamed && STORED.has(status))) return;
  throw new StoreFailure(
    "OTHER",
    `the answer ${status} does not say that the object is stored`,
  );
}
