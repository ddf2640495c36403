import type { Capability } from "../../../conformance/model/capability.ts";
import type { Harness } from "../../../conformance/model/harness.ts";
import httpHarness from "../reference/http_harness.ts";
import { httpOpeners, type HttpStoreParts } from "../reference/http_openers.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Mutant } from "./mutant.ts";

const POWERS: readonly Capability[] = ["read", "write", "delete"];

/** What a mutant of the store over HTTP is made from: one part is a wrong subclass. Its `store` is one of `HttpObjectStore` or of `DriverObjectStore`, made with the same arguments. */
export interface HttpMutantDetails
  extends Omit<Mutant, "harness">, HttpStoreParts {
  /** The file of this directory that has it, for processes of cases. */
  readonly group: string;
  /** Whether what is wrong is in a power of clauses 31 to 34: the others are judged without them. @default {false} */
  readonly hasPowers?: boolean;
  /** Members of the harness that differ from those of the correct store. */
  readonly members?: { readonly [K in keyof Harness]?: Harness[K] | undefined };
}

/** A mutant of the store over HTTP. */
export function ofHttp(details: HttpMutantDetails): Mutant {
  const { group, members, client, driver, store, hasPowers, ...mutant } =
    details;
  const { capabilities = [] } = httpHarness;
  return {
    ...mutant,
    harness: {
      ...httpHarness,
      name: mutant.name,
      module: `${
        import.meta.resolve("./as_module.ts")
      }?group=${group}&name=${mutant.name}`,
      ...httpOpeners({
        ...(client && { client }),
        ...(driver && { driver }),
        ...(store && { store }),
      }),
      capabilities: capabilities
        .filter((each) => hasPowers || !POWERS.includes(each)),
      ...members,
    } as Harness,
  };
}

/** The store that is written without the driver store: it moves its bytes itself, and asks again for what a stream has lost. */
const OWN_STORE = HttpObjectStore as unknown as NonNullable<
  HttpMutantDetails["store"]
>;

/** A mutant of the store over HTTP that is written without the driver store, in one of the powers of clauses 31 to 34. */
export function ofHttpPowers(details: HttpMutantDetails): Mutant {
  return ofHttp({ hasPowers: true, store: OWN_STORE, ...details });
}
