import { S3ObjectStore } from "../../src/s3/mod.ts";
import { KEYS } from "./store_on_server.ts";

/** Prints what every operation rejects with when no file can be opened any more; run by tests as a process of its own. */
const [endpoint, small, large] = Deno.args as [string, string, string];
const store = new S3ObjectStore({
  bucket: "bucket",
  endpoint,
  credentials: KEYS,
  attempts: 1,
});
const files: Deno.FsFile[] = [];
/** Leaves room for so many. */
function exhaust(room: number): void {
  try {
    for (;;) files.push(Deno.openSync(small));
  } catch {
    for (const file of files.splice(0, room)) file.close();
  }
}
const calls: (readonly [number, () => Promise<unknown>])[] = [
  [0, () => store.getObjectSize("a")],
  [0, () => store.downloadObject("a", `${small}.copy`)],
  [1, () => store.uploadObject("a", small)],
  [1, () => store.uploadObject("a", large)],
  [0, () => Array.fromAsync(store.listObjects())],
];
// What is loaded late needs files, too.
for (const [, call] of calls) await call().catch(() => {});
const codes: unknown[] = [];
for (const [room, call] of calls) {
  exhaust(room);
  const error = await call().catch((error) => error);
  codes.push((error as { code?: unknown }).code);
  for (const file of files.splice(0)) file.close();
}
console.log(JSON.stringify(codes));
await store.close();
