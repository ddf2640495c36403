/**
 * Deno's `fetch` with nothing around it: reads an object into one buffer and drops it, which is the
 * least that a download in Deno costs: `deno run -A fetch_alone.ts <task>`.
 *
 * @module
 */

import { presignUrl } from "../../src/s3_protocol/presign_url.ts";
import type { Task } from "./run_store.ts";

const BUFFER_SIZE = 2 ** 20;

const { place, job }: Task = JSON.parse(Deno.args[0] ?? "");
const url = await presignUrl({
  method: "GET",
  origin: place.endpoint,
  path: `/${place.bucket}/${job.key}`,
  query: {},
  headers: {},
}, { credentials: place, region: place.region, expiresIn: 600 });
const { body, status } = await fetch(url);
if (status !== 200 || !body) throw new Error(`status ${status}`);
const reader = body.getReader({ mode: "byob" });
let buffer = new ArrayBuffer(BUFFER_SIZE);
for (;;) {
  const { done, value } = await reader.read(new Uint8Array(buffer));
  if (done) break;
  buffer = value.buffer;
}
