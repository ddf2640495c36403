import { assertEquals, assertMatch } from "@std/assert";
import { findServices } from "../../tools/services/mod.ts";
import { runBench } from "./run_bench.ts";

const services = await findServices();

Deno.test({
  name:
    "bench/mod.ts measures the stores beside plain clients on Azurite and MinIO",
  ignore: !services.includes("azurite") || !services.includes("minio"),
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const { code, stdout, stderr } = await runBench(
        ...["--only=services", "--size", "1MiB", "--rounds", "1"],
        ...["--directory", directory],
      );
      assertEquals(code, 0, stderr);
      const clients = [
        ...["@azure/storage-blob", "lib-storage", "minio-js"],
        ...["OpendalObjectStore", "S3ObjectStore"],
      ];
      for (const name of clients) {
        assertMatch(stdout, new RegExp(`^${name} +\\d+ ms .*\\dx`, "m"));
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
