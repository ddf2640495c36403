import type { Dialect } from "../../../conformance/faults/fault.ts";
import { TRANSIENT_CODES } from "./http_failures.ts";

/** How the reference server speaks: a code in a header, also where there is no body. */
export const httpDialect: Dialect = {
  errorBody: (_status, code, message = "") => ({
    body: "",
    headers: {
      "content-type": "text/plain",
      "x-error-code": code,
      "x-error-message": message,
    },
  }),
  transientCodes: TRANSIENT_CODES,
  isCommit: ({ method, path, query }) =>
    path.endsWith("/object")
      ? method === "PUT"
      : method === "POST" && !query.has("key"),
  isDiscard: ({ method, path }) =>
    method === "DELETE" && path.endsWith("/upload"),
  errorIn200: ({ method, query }) => method === "POST" && !query.has("key"),
};
