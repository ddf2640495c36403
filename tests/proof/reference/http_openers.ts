import { ListableDriverObjectStore } from "../../../src/driver_store/driver_object_store.ts";
import type { StoreDriver } from "../../../src/driver.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import type {
  Harness,
  HarnessContext,
} from "../../../conformance/model/harness.ts";
import type { HttpClient, HttpClientOptions } from "./http_client.ts";
import { HttpDriver, type HttpDriverOptions } from "./http_driver.ts";
import { httpOptions } from "./http_harness.ts";

/** What a store on the reference server is made of; what is left out is the correct one's. */
export interface HttpStoreParts<
  Driver extends StoreDriver & Required<Pick<StoreDriver, "list">> = HttpDriver,
> {
  /** How requests are sent, and what their answers mean. @default {HttpClient} */
  readonly client?: new (options: HttpClientOptions) => HttpClient;
  /** Which requests are sent. @default {HttpDriver} */
  readonly driver?: new (options: HttpDriverOptions) => Driver;
  /** What is done locally. @default {ListableDriverObjectStore} */
  readonly store?: new (driver: Driver, prefix: string) => ObjectStore;
  /** Milliseconds that a silent server has. @default The harness's. */
  readonly timeout?: number;
}

/** The members of a harness that open a store which is made of these parts. */
export type HttpOpeners =
  & Pick<Harness, "open">
  & Required<
    Pick<
      Harness,
      "openAt" | "openTrusting" | "openMissingBucket" | "openForbidden"
    >
  >;

/** Opens stores on the reference server. */
export function httpOpeners<
  Driver extends StoreDriver & Required<Pick<StoreDriver, "list">>,
>({ client, driver, store, timeout }: HttpStoreParts<Driver>): HttpOpeners {
  const Made = driver ??
    HttpDriver as unknown as new (options: HttpDriverOptions) => Driver;
  const Store = store ?? OnDriver;
  const open = async (
    ctx: HarnessContext,
    overrides: Partial<HttpDriverOptions> = {},
  ): Promise<ObjectStore> => {
    const options = await httpOptions(ctx, {
      ...(client && { client }),
      ...(timeout && { timeout }),
      ...overrides,
    });
    return new Store(new Made(options), ctx.prefix);
  };
  return {
    open: (ctx) => open(ctx),
    openAt: (url, ctx) => open(ctx, { url }),
    openTrusting: (url, ctx, caCerts) => open(ctx, { url, caCerts }),
    openMissingBucket: (ctx) => open(ctx, { bucket: "missing" }),
    openForbidden: (ctx) => open(ctx, { token: "nobody" }),
  };
}

class OnDriver extends ListableDriverObjectStore {
  constructor(
    driver: StoreDriver & Required<Pick<StoreDriver, "list">>,
    prefix: string,
  ) {
    super(driver, { prefix });
  }
}
