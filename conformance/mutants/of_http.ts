import { ListableDriverObjectStore } from "../../src/driver_object_store.ts";
import type { ObjectStore } from "../../src/object_store.ts";
import type { Harness, HarnessContext } from "../harness.ts";
import type {
  HttpClient,
  HttpClientOptions,
} from "../reference/http_client.ts";
import {
  HttpDriver,
  type HttpDriverOptions,
} from "../reference/http_driver.ts";
import httpHarness, { httpOptions } from "../reference/http_harness.ts";
import type { Mutant } from "./mutant.ts";

/** What a mutant of the store over HTTP is made from; what is left out is the correct one's. */
export interface HttpMutantDetails extends Omit<Mutant, "harness"> {
  /** The file of this directory that has it, for processes of cases. */
  readonly group: string;
  /** How requests are sent, and what their answers mean: a wrong subclass. */
  readonly client?: new (options: HttpClientOptions) => HttpClient;
  /** Which requests are sent: a wrong subclass. */
  readonly driver?: new (options: HttpDriverOptions) => HttpDriver;
  /** What is done locally: a wrong subclass of `HttpObjectStore` or of `DriverObjectStore`, made with these arguments. @default {ListableDriverObjectStore} */
  readonly store?: new (driver: HttpDriver, prefix: string) => ObjectStore;
  /** Members of the harness that differ from those of the correct store. */
  readonly members?: { readonly [K in keyof Harness]?: Harness[K] | undefined };
}

/** A mutant of the store over HTTP. */
export function ofHttp(details: HttpMutantDetails): Mutant {
  const { group, client, members, ...rest } = details;
  const { driver: Driver = HttpDriver, store: Store = OnDriver, ...mutant } =
    rest;
  const open = async (
    ctx: HarnessContext,
    overrides: Partial<HttpDriverOptions> = {},
  ): Promise<ObjectStore> => {
    const options = await httpOptions(ctx, {
      ...(client && { client }),
      ...overrides,
    });
    return new Store(new Driver(options), ctx.prefix);
  };
  return {
    ...mutant,
    harness: {
      ...httpHarness,
      name: mutant.name,
      module: `${
        import.meta.resolve("./as_module.ts")
      }?group=${group}&name=${mutant.name}`,
      open: (ctx) => open(ctx),
      openAt: (url, ctx) => open(ctx, { url }),
      openMissingBucket: (ctx) => open(ctx, { bucket: "missing" }),
      openForbidden: (ctx) => open(ctx, { token: "nobody" }),
      ...members,
    } as Harness,
  };
}

class OnDriver extends ListableDriverObjectStore {
  constructor(driver: HttpDriver, prefix: string) {
    super(driver, { prefix });
  }
}
