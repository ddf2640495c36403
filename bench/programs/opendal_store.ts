/**
 * A job by `OpendalObjectStore`: `deno run -A opendal_store.ts <task>`.
 *
 * @module
 */

import { createRequire } from "node:module";
import {
  OpendalObjectStore,
  type OperatorLike,
} from "../../src/opendal/mod.ts";
import { runStore } from "./run_store.ts";

/** Installed by npm: `deno task servers --services`. */
const { Operator } = createRequire(
  new URL("../../.tools/npm/", import.meta.url),
)("opendal") as {
  Operator: new (
    scheme: string,
    options: Record<string, string>,
  ) => OperatorLike;
};
const { scheme, options } = JSON.parse(Deno.args[0] ?? "");

await runStore(() =>
  new OpendalObjectStore({
    operator: new Operator(scheme, options),
    scheme,
    uri: `${scheme}://bench`,
  })
);
