import type { Harness } from "../../../conformance/model/harness.ts";
import type { StoreDriver } from "../../../src/driver.ts";
import { httpDialect } from "../reference/http_dialect.ts";
import httpHarness from "../reference/http_harness.ts";
import { httpOpeners, type HttpStoreParts } from "../reference/http_openers.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import {
  AdaptingDriver,
  ForgettingDriver,
  HeadFirstDriver,
  LookingDriver,
  MovingDriver,
  PatientClient,
  ResumingDriver,
} from "./http_drivers.ts";
import { KeepingDriver } from "./http_keeping_driver.ts";
import { NodeHttpDriver } from "./http_node_driver.ts";
import { makeVariant, type Variant, type VariantDetails } from "./variant.ts";

/** A correct store over HTTP that is made of these parts. */
function overHttp<
  Driver extends StoreDriver & Required<Pick<StoreDriver, "list">>,
>(
  details: Omit<VariantDetails, "open" | "base"> & HttpStoreParts<Driver>,
): Variant {
  const { client, driver, store, timeout, members, ...rest } = details;
  const openers = httpOpeners<Driver>({
    ...(client && { client }),
    ...(driver && { driver }),
    ...(store && { store }),
    ...(timeout && { timeout }),
  });
  return makeVariant({
    ...rest,
    ...openers,
    base: httpHarness,
    members: { ...openers, ...members } as Partial<Harness>,
  });
}

/** A driver that tries nothing again has no second request for what was lost. */
const NO_RESUMPTION = ["REA-15"];

const { isDiscard: _, ...withoutDiscard } = httpDialect;

/** Correct stores that speak to their service in their own ways. */
export const httpVariants: readonly Variant[] = [
  overHttp({
    name: "http-node",
    shortOf: NO_RESUMPTION,
    description:
      "Node's HTTP client, every object in one request without a length, and a harness that tells little",
    driver: NodeHttpDriver,
    timeout: 3_000,
    members: {
      capabilities: [
        "flat",
        "reopen",
        "list",
        "process",
        "read",
        "write",
      ],
      dialect: undefined,
      oracle: undefined,
      limits: { largestObject: 64 * 2 ** 20 },
      openAt: undefined,
      openTrusting: undefined,
      openMissingBucket: undefined,
      openForbidden: undefined,
    },
  }),
  overHttp({
    name: "http-in-turn",
    description:
      "one request after the other, without the store on a driver of the package",
    store: HttpObjectStore,
  }),
  overHttp({
    name: "http-patient",
    description:
      "up to five retries of every request, and of every body where it broke",
    client: PatientClient,
    driver: ResumingDriver,
    timeout: 600,
    members: {
      limits: {
        ...httpHarness.limits,
        stallTimeoutMs: 600,
        maxRequestsPerOperation: 48,
        maxOperationMs: 12_000,
      },
    },
  }),
  overHttp({
    name: "http-head-first",
    shortOf: NO_RESUMPTION,
    description:
      "asks for size and version before and after a download, without a precondition",
    driver: HeadFirstDriver,
  }),
  overHttp({
    name: "http-adapting",
    shortOf: NO_RESUMPTION,
    description: "downloads now in ranges, now in one request",
    driver: AdaptingDriver,
  }),
  overHttp({
    name: "http-keeping",
    shortOf: NO_RESUMPTION,
    description:
      "keeps small objects, and asks each time if they are still what the service has",
    driver: KeepingDriver,
  }),
  overHttp({
    name: "http-moving",
    shortOf: NO_RESUMPTION,
    description: "uploads to another key, and moves the object when complete",
    driver: MovingDriver,
    members: {
      dialect: {
        ...httpDialect,
        isCommit: ({ method, query }) => method === "POST" && query.has("from"),
        // What is complete and not yet moved is discarded as an object.
        isDiscard: ({ method }) => method === "DELETE",
      },
    },
  }),
  overHttp({
    name: "http-forgetting",
    shortOf: NO_RESUMPTION,
    description: "a service that forgets unfinished uploads by itself",
    driver: ForgettingDriver,
    members: { dialect: withoutDiscard },
  }),
  overHttp({
    name: "http-looking",
    description:
      "one request after the other; looks what is there when an answer is lost",
    driver: LookingDriver,
    store: HttpObjectStore,
  }),
];
