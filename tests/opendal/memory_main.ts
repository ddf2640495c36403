// Uploads a file to a service, or begins it some times and aborts each near its end; prints the most
// MiB that the process has held.
import { createRequire } from "node:module";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";

const [packagePath = "", scheme = "", endpoint = "", path = "", aborts = "0"] =
  Deno.args;
const { Operator } = createRequire(import.meta.url)(packagePath);
const operator = new Operator(scheme, {
  ...{ endpoint, bucket: "b", disable_config_load: "true" },
  ...scheme === "gcs"
    ? { allow_anonymous: "true", disable_vm_metadata: "true" }
    : {
      region: "us-east-1",
      access_key_id: "id",
      secret_access_key: "key",
    },
});
await using store = new OpendalObjectStore({
  ...{ operator, scheme, uri: `${scheme}://b` },
});
for (let count = 0; count < Number(aborts); count++) {
  const controller = new AbortController();
  const { signal } = controller;
  const isAborted = await store.uploadObject(`${count}`, path, {
    signal,
    callback(done, total) {
      if (done > 0.9 * total) controller.abort();
    },
  }).then(() => false, () => signal.aborted);
  if (!isAborted) throw new Error("the upload was not aborted");
}
if (aborts === "0") await store.uploadObject("a", path);
const status = await Deno.readTextFile("/proc/self/status");
console.log(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
