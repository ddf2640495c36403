import type { DriverCalls } from "../driver_store/calls.ts";
import type { OperationOptions } from "../object_store.ts";
import { refuseArgument, refuseUnknown } from "../refusal.ts";
import type { UrlRequest } from "./http/transport.ts";

/** Options of a signed URL. */
export interface SignedUrlOptions extends OperationOptions {
  /**
   * The method that it allows: `GET` and `HEAD` read the object, `PUT` stores it, `DELETE` removes it.
   *
   * @default {"GET"}
   */
  method?: "GET" | "HEAD" | "PUT" | "DELETE";
  /**
   * Seconds for which it can be used, from 1 to 604800 (seven days), and no longer than the
   * credentials it is signed with.
   *
   * @default {900}
   */
  expiresIn?: number;
  /**
   * The media type for `PUT`, which whoever uses the URL has to send as `Content-Type`.
   *
   * @default {any or none}
   */
  contentType?: string;
}

const NAMES = new Set(["method", "expiresIn", "contentType", "signal"]);
const METHODS = ["GET", "HEAD", "PUT", "DELETE"];
const LONGEST = 7 * 24 * 60 * 60;

/**
 * Signs a URL of an object, in the order of a store's checks.
 *
 * @param calls The store's calls.
 * @param objectName The object's name.
 * @param options What the caller gave.
 * @param sign Signs it.
 */
export async function getSignedUrl(
  calls: DriverCalls,
  objectName: string,
  options: SignedUrlOptions,
  sign: (request: UrlRequest) => Promise<string>,
): Promise<string> {
  if (typeof options !== "object" || options === null) {
    throw refuseArgument("options", "be an object", options);
  }
  refuseUnknown("sign a URL", options, NAMES);
  const { method = "GET", expiresIn = 900, ...rest } = options;
  if (!METHODS.includes(method)) {
    throw refuseArgument("method", "be GET, HEAD, PUT or DELETE", method);
  }
  const isDuration = Number.isInteger(expiresIn) && expiresIn >= 1 &&
    expiresIn <= LONGEST;
  if (!isDuration) {
    throw refuseArgument(
      "expiresIn",
      `be a whole number of seconds from 1 to ${LONGEST}`,
      expiresIn,
      typeof expiresIn === "number" ? RangeError : TypeError,
    );
  }
  if (rest.contentType !== undefined && method !== "PUT") {
    throw refuseArgument("contentType", "be left out but for PUT", method);
  }
  const call = calls.check("sign a URL of", objectName, rest, [
    "contentType",
    "signal",
  ]);
  const { key } = call;
  const { contentType } = call.options;
  return await calls.run(call, async (operation) => {
    const { signal } = operation;
    const request = { method, key, expiresIn, signal };
    return await operation.race(calls.background(
      sign(contentType === undefined ? request : { ...request, contentType }),
    ));
  });
}
