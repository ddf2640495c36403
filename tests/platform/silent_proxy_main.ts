import https from "node:https";
import { Client } from "minio";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { explainFetchError } from "../../src/requests/fetch_failure.ts";
import { failuresOf } from "../s3/failures_of.ts";
import { KEYS } from "../s3/store_on_server.ts";

/** Prints how each way to a service ends that stands behind the silent proxy of the environment; run by tests as a process of its own, which has to end then. */
const endpoint = "https://name.invalid";
const timeout = 200;

const explained = await explainFetchError(new TypeError("fetch"), endpoint, {
  timeout,
});
const failures = await failuresOf({ endpoint, timeout });

const proxyEnv = { HTTPS_PROXY: Deno.env.get("HTTPS_PROXY") };
const agent = new https.Agent({ keepAlive: false, ...{ proxyEnv } });
const client = new Client({
  endPoint: "name.invalid",
  accessKey: KEYS.accessKeyId,
  secretKey: KEYS.secretAccessKey,
  region: "us-east-1",
  transportAgent: agent,
});
const store = new MinioObjectStore({ client, bucket: "bucket", timeout });
const size = await store.getObjectSize("a").catch((error) => error);
await store.close();
agent.destroy();

console.log([explained, ...failures, size].map(({ code }) => code).join(" "));
