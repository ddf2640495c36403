import { IN_ONE_FILE, testOnServers } from "./test_on_servers.ts";

await testOnServers({
  store: "MinioObjectStore",
  harness: new URL("./minio_harness.ts", import.meta.url),
  on: IN_ONE_FILE.others,
});
