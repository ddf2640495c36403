import type { Harness } from "../../conformance/mod.ts";
import { refusedByMinio } from "../../src/minio/driver.ts";
import { MinioObjectStore } from "../../src/minio/store.ts";
import { makeServerHarness } from "./server_harness.ts";

/** The bundled MinIO store on the server that `minio_test.ts` names, or on an embedded one. */
const harness: Harness = await makeServerHarness({
  name: "MinioObjectStore",
  module: import.meta.url,
  refuses: (name) => refusedByMinio(name) !== undefined,
  open: (options) => new MinioObjectStore(options),
});

export default harness;
