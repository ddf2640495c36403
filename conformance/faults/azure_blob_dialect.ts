import type { Dialect } from "./fault.ts";
import { escapeXml } from "./escape_xml.ts";

/** Documented codes; for a status that has none, `undefined`. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidInput",
  401: "NoAuthenticationInformation",
  403: "AuthorizationFailure",
  404: "BlobNotFound",
  405: "UnsupportedHttpVerb",
  409: "BlobAlreadyExists",
  411: "MissingContentLengthHeader",
  412: "ConditionNotMet",
  413: "RequestBodyTooLarge",
  416: "InvalidRange",
  500: "InternalError",
  503: "ServerBusy",
};

/**
 * The errors and commits of Azure Blob Storage: XML, and the code in `x-ms-error-code` as well, so that
 * an answer to `HEAD` has it, too.
 *
 * There is no `isDiscard`: blocks that have not been committed cannot be removed by a request, and are
 * forgotten after a week. What is worth trying again has a status 5xx, so no code says it alone.
 *
 * @example
 * ```ts ignore
 * import { azureBlobDialect, defineHarness } from "@storekit/object-store/conformance";
 * import { MyAzureStore } from "./my_azure_store.ts";
 *
 * export default defineHarness({
 *   name: "MyAzureStore on Azurite",
 *   upstream: "http://127.0.0.1:10000",
 *   dialect: azureBlobDialect,
 *   open: ({ endpoint, prefix }) => new MyAzureStore({ endpoint, prefix }),
 * });
 * ```
 */
export const azureBlobDialect: Dialect = {
  errorBody(_status, code, message = "Injected by the conformance kit") {
    return {
      body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${
        escapeXml(code)
      }</Code><Message>${escapeXml(message)}</Message></Error>`,
      headers: { "content-type": "application/xml", "x-ms-error-code": code },
    };
  },
  transientCodes: [],
  codeOf: (status) => CODES[status],
  // `Put Blob` has to say what kind of blob it makes; blocks become a blob by their list.
  isCommit: ({ method, query, headers }) =>
    method === "PUT" &&
    (query.get("comp") === "blocklist" ||
      (!query.has("comp") && headers["x-ms-blob-type"] !== undefined &&
        headers["x-ms-copy-source"] === undefined)),
};
