import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { sendSigned } from "../../tools/servers/signed_request.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const servers = await findServers();

for (
  const [file, server] of [
    ["s3_harness.ts", "s3rver"],
    ["s3_harness.ts", "minio"],
    ["minio_harness.ts", "minio"],
  ] as const
) {
  Deno.test({
    name: `examples/${file} runs the suite on a bucket of ${server}`,
    ignore: !servers.includes(server),
    async fn() {
      await using address = await startServer(server);
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", "--quiet"],
          ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
          fromFileUrl(new URL("conformance/cli.ts", REPOSITORY)),
          fromFileUrl(new URL(`examples/${file}`, REPOSITORY)),
          ...["--only", "PUT-3,GET-1,NAM-9,TRN-3,TRN-10"],
        ],
        env: {
          S3_ENDPOINT: address.url,
          S3_BUCKET: address.bucket,
          AWS_REGION: address.region,
          AWS_ACCESS_KEY_ID: address.credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: address.credentials.secretAccessKey,
        },
        stdin: "null",
        stderr: "inherit",
      }).output();
      const report = new TextDecoder().decode(stdout);
      assertEquals(code, 0, report);
      assertEquals(/^5 pass/m.test(report), true, report);
      const { text } = await sendSigned(address, {
        path: `/${address.bucket}`,
        query: { "list-type": "2" },
      });
      assertEquals(text.includes("<Key>"), false, "objects are left");
    },
  });
}
