import { IN_ONE_FILE, testOnServers } from "./test_on_servers.ts";

await testOnServers({
  store: "S3ObjectStore",
  harness: new URL("./s3_harness.ts", import.meta.url),
  on: IN_ONE_FILE.minio,
});
