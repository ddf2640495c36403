import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { findServices, startService } from "../../tools/services/mod.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const servers = await findServers();
const services = await findServices();

/** What a client's example reads from the environment, and how its service ends. */
interface Place extends AsyncDisposable {
  readonly env: Record<string, string>;
}

async function startMinio(): Promise<Place> {
  const { url, bucket, region, credentials, ...server } = await startServer(
    "minio",
  );
  return {
    env: {
      S3_ENDPOINT: url,
      S3_BUCKET: bucket,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startAzurite(): Promise<Place> {
  const { options, ...service } = await startService("azurite");
  return {
    env: {
      AZURE_BLOB_ENDPOINT: options.endpoint ?? "",
      AZURE_STORAGE_ACCOUNT: options.account_name ?? "",
      AZURE_STORAGE_KEY: options.account_key ?? "",
      AZURE_STORAGE_CONTAINER: options.container ?? "",
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

async function startFakeGcs(): Promise<Place> {
  const { options, ...service } = await startService("fake-gcs-server");
  return {
    env: {
      GCS_ENDPOINT: options.endpoint ?? "",
      GCS_BUCKET: options.bucket ?? "",
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

for (
  const [file, start, isHere] of [
    ["lib_storage.ts", startMinio, servers.includes("minio")],
    ["minio_js.ts", startMinio, servers.includes("minio")],
    ["azure_blob.ts", startAzurite, services.includes("azurite")],
    ["google_storage.ts", startFakeGcs, services.includes("fake-gcs-server")],
  ] as const
) {
  Deno.test({
    name: `examples/clients/${file} moves objects${
      isHere ? "" : " [its service is not here]"
    }`,
    ignore: !isHere,
    async fn() {
      await using place = await start();
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", "--quiet"],
          ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
          fromFileUrl(new URL("conformance/cli.ts", REPOSITORY)),
          fromFileUrl(new URL(`examples/clients/${file}`, REPOSITORY)),
          ...["--only", "PUT-1,GET-1,SIZ-1"],
        ],
        env: place.env,
        stdin: "null",
      }).output();
      const report = new TextDecoder().decode(stdout);
      assertEquals(/^3 pass/m.test(report), true, report);
    },
  });
}
