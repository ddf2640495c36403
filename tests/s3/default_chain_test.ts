import { assert, assertEquals } from "@std/assert";
import { bytesOf, KEYS, openOnServer } from "./store_on_server.ts";

const SCRIPT = new URL("./default_chain_main.ts", import.meta.url).pathname;

/** Runs a script with an environment and permissions of its own. */
async function run(
  env: Record<string, string>,
  permissions: readonly string[],
  args: readonly string[],
): Promise<string> {
  const further = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("AWS_"));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", ...permissions, ...further],
      ...[SCRIPT, ...args],
    ],
    clearEnv: true,
    env: {
      ...Object.fromEntries(inherited),
      // Nobody's own.
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      ...env,
    },
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

Deno.test("S3ObjectStore finds keys, region and endpoint in the environment", async () => {
  await using at = await openOnServer();
  await Deno.writeFile(at.path("source"), bytesOf(9));
  const output = await run(
    {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_SESSION_TOKEN: KEYS.sessionToken,
      AWS_REGION: "eu-north-1",
      AWS_ENDPOINT_URL_S3: at.server.url,
    },
    ["-A"],
    [at.path("source"), at.path("copy")],
  );
  assertEquals(output.trim(), "9");
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
  await Deno.writeFile(at.path("source"), bytesOf(9));
  const output = await run(
    { AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "eu-north-1" },
    ["-A"],
    [at.path("source"), at.path("copy"), at.server.url],
  );
  assert(output.includes("PERMISSION_DENIED"), output);
  assert(output.includes("no credentials were found"), output);
  assertEquals(at.server.seen, []);
});
