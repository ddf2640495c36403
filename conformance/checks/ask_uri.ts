import type { CaseContext } from "../model/case.ts";
import type { ObjectStore } from "../../src/object_store.ts";

/**
 * Asks a store for a URI. One in another language cannot answer at once: its promise is awaited.
 * From any other store a promise fails the case, as `getUri()` is synchronous (clause 5).
 *
 * @throws What `getUri()` throws.
 */
export async function askUri(
  ctx: CaseContext,
  store: ObjectStore,
  name: string,
): Promise<string> {
  const uri: unknown = store.getUri(name);
  if (!(uri instanceof Promise)) return uri as string;
  if (ctx.storePid !== undefined) return await uri;
  uri.catch(() => {});
  throw ctx.fail({
    expected: `getUri(${JSON.stringify(name)}) returns a string, at once`,
    observed: "it returned a promise",
    clause: 5,
  });
}
