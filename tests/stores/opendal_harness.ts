import { createRequire } from "node:module";
import { env } from "node:process";
import {
  azureBlobDialect,
  type Capability,
  defineHarness,
  type Dialect,
  gcsDialect,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "../../conformance/mod.ts";
import {
  OpendalObjectStore,
  type OperatorLike,
} from "../../src/opendal/mod.ts";
import { uriOf } from "../../src/opendal/place.ts";
import { OpendalDriver } from "../../src/opendal/driver.ts";
import {
  canList,
  type Service,
  SERVICES,
  writesPieces,
} from "../../src/opendal/services.ts";
import { SERVICE, type ServiceAddress } from "../../tools/services/service.ts";
import { readDevices } from "./devices.ts";

/** Installed by npm, which does not mind that the native parts of other systems cannot be had. */
const { Operator } = createRequire(
  new URL("../../.tools/npm/", import.meta.url),
)("opendal") as {
  Operator: new (
    scheme: string,
    options: Record<string, string>,
  ) => OperatorLike;
};

const service: ServiceAddress = JSON.parse(
  env[SERVICE] ?? '{"name":"fs","scheme":"fs","options":{}}',
);
/** Long enough for the listings of an emulator, and short, as cases wait for it. */
const STALL_TIMEOUT = service.answersWithin ?? 8_000;
/**
 * Ranges of a version come side by side, four of 4 MiB. CB-6 moves five times as much, several times,
 * up to 96 MiB; of more it looks at the counts alone, which suits an emulator that is slow.
 */
const GRANULARITY = (service.answersWithin === undefined ? 16 : 32) * 2 ** 20;
const { scheme } = service;
const DIALECTS: Readonly<Record<string, Dialect>> = {
  azblob: azureBlobDialect,
  gcs: gcsDialect,
  s3: s3Dialect,
};
const dialect = DIALECTS[scheme];
const known = SERVICES[scheme] as Service;

function openAt(
  endpoint: string | undefined,
  ctx: HarnessContext,
  options: Readonly<Record<string, string>> = {},
): OpendalObjectStore {
  const { endpoint: address } = service.options;
  const at = endpoint !== undefined && address !== undefined && service.upstream
    ? { endpoint: address.replace(/^\w+:\/\/[^/]+/, originOf(endpoint)) }
    : {};
  const settings = {
    ...service.options,
    ...scheme === "fs" ? { root: ctx.directory } : {},
    ...at,
    ...options,
  };
  return new OpendalObjectStore({
    operator: () => new Operator(scheme, settings),
    scheme,
    uri: uriOf(scheme, settings),
    prefix: ctx.prefix,
    requestTimeout: STALL_TIMEOUT,
  });
}

/** Scheme, host and port, as OpenDAL has them: what is no HTTP here is Redis. */
function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === "tcp:" ? "redis:" : protocol}//${host}`;
}

function capabilities(): Capability[] {
  return [
    ...known.family === "files" ? [] : ["flat"] as const,
    ...["reopen", "process", "read", "write", "delete"] as const,
    ...canList(known) ? ["list"] as const : [],
    ...writesPieces(known, true) ? ["streaming"] as const : [],
    ...service.forbidden ? ["authz"] as const : [],
    ...service.missing ? ["bucket"] as const : [],
  ];
}

const names = new OpendalDriver({
  operator: () => Promise.reject(new Error("only names are asked")),
  service: known,
  uri: "names:",
  isStrict: true,
  requestTimeout: 1,
  secrets: [],
});

/** A service through OpenDAL. */
const harness: Harness = defineHarness({
  name: `OpendalObjectStore on ${service.name}`,
  module: import.meta.url,
  capabilities: capabilities(),
  // The store's prefix stands before each name.
  refusesNames: (name) => names.checkKey(`prefix/${name}`) !== undefined,
  limits: {
    stallTimeoutMs: STALL_TIMEOUT,
    maxRequestsPerOperation: 100,
    maxOperationMs: 60_000,
    ...known.readsVersions ? { progressGranularity: GRANULARITY } : {},
  },
  ...service.upstream
    ? { upstream: service.upstream }
    : { wire: "none" as const },
  ...dialect ? { dialect } : {},
  secrets: Object.entries(service.options).filter(([name]) => /key$/.test(name))
    .map(([, value]) => value),
  open: (ctx) => openAt(ctx.endpoint, ctx),
  // What is asked of another address speaks HTTP.
  ...service.upstream?.startsWith("http")
    ? { openAt: (url: string, ctx: HarnessContext) => openAt(url, ctx) }
    : {},
  ...service.missing
    ? {
      openMissingBucket: (ctx: HarnessContext) =>
        openAt(ctx.endpoint, ctx, service.missing),
    }
    : {},
  ...service.forbidden
    ? {
      openForbidden: (ctx: HarnessContext) =>
        openAt(ctx.endpoint, ctx, service.forbidden),
    }
    : {},
  ...readDevices(),
  // All that a service has is thrown away with it.
  cleanup() {},
});

export default harness;
