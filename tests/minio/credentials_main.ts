/**
 * Asks for an object by a MinIO store without credentials of its own, and
 * prints the code of the error: `deno run -A credentials_main.ts <endpoint>`.
 *
 * @module
 */

import { isObjectStoreError } from "../../mod.ts";
import { MinioObjectStore } from "../../src/minio/mod.ts";

const [endpoint = ""] = Deno.args;
await using store = new MinioObjectStore({
  endpoint,
  bucket: "bucket",
  timeout: 5_000,
});
try {
  await store.getObjectSize("missing");
} catch (error) {
  console.log(isObjectStoreError(error) ? error.code : error);
}
