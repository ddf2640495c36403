import { env } from "node:process";
import { DriverObjectStore } from "../../src/driver_store/mod.ts";
import { defineHarness, type Harness } from "../../conformance/mod.ts";
import { readDevices } from "./devices.ts";
import { makeWebdavDriver } from "./webdav_driver.ts";

/** The variable that tells where the server is. */
export const WEBDAV = "OBJECT_STORE_WEBDAV_URL";
const STALL_TIMEOUT = 4_000;

function open(url: string, prefix: string): DriverObjectStore {
  const driver = makeWebdavDriver({ url, timeout: STALL_TIMEOUT });
  return new DriverObjectStore(driver, { prefix });
}

/** A store by plain `fetch` on a real WebDAV server. */
const harness: Harness = defineHarness({
  name: "WebDAV",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "read", "write", "delete"],
  refusesNames: () => false,
  secrets: [],
  limits: {
    parts: "none",
    stallTimeoutMs: STALL_TIMEOUT,
    // `fetch` sends again what was lost on a connection that it used before.
    maxRequestsPerOperation: 4,
    // A stream of unknown size is held.
    largestObject: 64 * 2 ** 20,
  },
  upstream: () => env[WEBDAV] ?? "",
  dialect: {
    errorBody: (status) => `<html><h1>${status}</h1></html>`,
    transientCodes: [],
    isCommit: ({ method }) => method === "PUT",
  },
  open: ({ endpoint, prefix }) => open(endpoint ?? env[WEBDAV] ?? "", prefix),
  openAt: (url, { prefix }) => open(url, prefix),
  ...readDevices(),
  // The server's directory goes with it.
  cleanup() {},
});

export default harness;
