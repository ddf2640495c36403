import type { Harness } from "../../conformance/mod.ts";
import { S3ObjectStore } from "../../src/s3/store.ts";
import { makeServerHarness } from "./server_harness.ts";

/** The bundled S3 store on the server that `s3_test.ts` names, or on an embedded one. */
const harness: Harness = await makeServerHarness({
  name: "S3ObjectStore",
  module: import.meta.url,
  open: (options) => new S3ObjectStore(options),
});

export default harness;
