// Uploads a file to an S3 service, and prints the most MiB that the process has held.
import { createRequire } from "node:module";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";

const [packagePath = "", endpoint = "", path = ""] = Deno.args;
const { Operator } = createRequire(import.meta.url)(packagePath);
const operator = new Operator("s3", {
  ...{ endpoint, bucket: "b", region: "us-east-1" },
  ...{ access_key_id: "id", secret_access_key: "key" },
  disable_config_load: "true",
});
await using store = new OpendalObjectStore({
  ...{ operator, scheme: "s3", uri: "s3://b" },
});
await store.uploadObject("a", path);
const status = await Deno.readTextFile("/proc/self/status");
console.log(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
