/**
 * A transfer in a process of its own, which tells when it is in the middle and
 * then waits to be killed: `deno run -A transfer_main.ts <task as JSON>`.
 *
 * @module
 */

import { openStore } from "./open_store.ts";

const { name, address, source, copy, upload, download } = JSON.parse(
  Deno.args[0] ?? "",
);
const store = openStore(name, address);
let isTold = false;

async function callback(done: number, total: number): Promise<void> {
  if (done < total / 2 || done === total) return;
  if (!isTold) console.log("in the middle");
  isTold = true;
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

if (upload) await store.uploadObject(upload, source, { callback });
if (download) await store.downloadObject(download, copy, { callback });
