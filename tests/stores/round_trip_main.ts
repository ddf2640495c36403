/**
 * An upload, a look and a download in a process of its own:
 * `deno run -A round_trip_main.ts <task as JSON>`.
 *
 * @module
 */

import { openStore } from "./open_store.ts";

const { name, address, source, copy } = JSON.parse(Deno.args[0] ?? "");
await using store = openStore(name, address);
await store.uploadObject("a", source);
await store.getObjectSize("a");
await store.downloadObject("a", copy);
