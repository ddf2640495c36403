/**
 * A job by a client of `examples/clients/`: `deno run -A plain_client.ts <task>`.
 *
 * @module
 */

import type { Harness } from "../../conformance/mod.ts";
import type { Task } from "./run_store.ts";

const { harness, job }: Task & { readonly harness: string } = JSON.parse(
  Deno.args[0] ?? "",
);
const { default: { open } }: { default: Harness } = await import(harness);
await using store = await open({ prefix: "", directory: Deno.cwd() });
if (job.action === "upload") await store.uploadObject(job.key, job.path);
else if (job.action === "download") {
  await store.downloadObject(job.key, job.path);
} else throw new TypeError(`Cannot do '${job.action}' with a plain client`);
