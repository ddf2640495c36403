import { assert, assertEquals } from "@std/assert";
import { runStore } from "./run_store.ts";
import { bytesOf, KEYS, openOnServer } from "./store_on_server.ts";

Deno.test("S3ObjectStore finds keys, region and endpoint in the environment", async () => {
  await using at = await openOnServer();
  await at.file("source", 9);
  const output = await runStore({
    options: { bucket: "bucket", pathStyle: true },
    env: {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_SESSION_TOKEN: KEYS.sessionToken,
      AWS_REGION: "eu-north-1",
      AWS_ENDPOINT_URL_S3: at.server.url,
    },
    permissions: ["-A"],
    source: at.path("source"),
    copy: at.path("copy"),
  });
  assertEquals(output, "9");
  assertEquals(await Deno.readFile(at.path("copy")), bytesOf(9));
  const { headers } = at.server.seen[0]!;
  assert(headers.authorization?.includes("/eu-north-1/s3/"));
  assertEquals(headers["x-amz-security-token"], KEYS.sessionToken);
  assertEquals(
    at.server.seen.map(({ url }) => url),
    Array(3).fill("/bucket/a"),
  );
});

Deno.test("S3ObjectStore says what to do when there are no credentials", async () => {
  await using at = await openOnServer();
  await at.file("source", 9);
  const output = await runStore({
    options: { bucket: "bucket", endpoint: at.server.url },
    env: { AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-north-1" },
    permissions: ["-A"],
    source: at.path("source"),
    copy: at.path("copy"),
  });
  assert(output.includes("PERMISSION_DENIED"), output);
  assert(output.includes("no credentials were found"), output);
  assertEquals(at.server.seen, []);
});

Deno.test("S3ObjectStore says what to do when there is no region", async () => {
  await using at = await openOnServer();
  await at.file("source", 9);
  const output = await runStore({
    options: { bucket: "bucket" },
    env: {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: at.path("none"),
      AWS_SHARED_CREDENTIALS_FILE: at.path("none"),
    },
    permissions: ["-A"],
    source: at.path("source"),
    copy: at.path("copy"),
  });
  assert(output.includes("OTHER"), output);
  assert(output.includes("no region was found: set 'region'"), output);
});
