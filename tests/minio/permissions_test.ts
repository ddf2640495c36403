import { fromFileUrl } from "@std/path";
import { assertEquals } from "@std/assert";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";
import { KEYS } from "../s3/store_on_server.ts";

const SCRIPT = fromFileUrl(new URL("store_main.ts", import.meta.url));
const { sessionToken: _, ...CREDENTIALS } = KEYS;

interface Line {
  /** What it is for. */
  readonly name: string;
  /** What the README lists besides the host and the files. */
  readonly further: readonly string[];
  readonly credentials?: typeof CREDENTIALS;
  readonly env?: Record<string, string>;
  readonly way?: string;
}

const LINES: readonly Line[] = [
  { name: "given keys", further: [], credentials: CREDENTIALS },
  {
    name: "keys in the environment",
    further: [
      "--allow-env=MINIO_ACCESS_KEY,MINIO_SECRET_KEY",
    ],
    env: {
      MINIO_ACCESS_KEY: CREDENTIALS.accessKeyId,
      MINIO_SECRET_KEY: CREDENTIALS.secretAccessKey,
    },
  },
  {
    name: "a client",
    further: ["--allow-env=READABLE_STREAM"],
    credentials: CREDENTIALS,
    way: "client",
  },
];

for (const { name, further, credentials, env = {}, way = "" } of LINES) {
  Deno.test(`MinioObjectStore with ${name} runs with the permissions that the README lists`, async () => {
    await using server = await S3Server.start();
    await using directory = await makeTemporaryDirectory();
    const source = await directory.write("source", "some bytes");
    const options = {
      endpoint: server.url,
      bucket: "bucket",
      ...credentials ? { credentials } : {},
    };
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--quiet", "--no-check"],
        ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
        `--allow-net=${new URL(server.url).host}`,
        `--allow-read=${directory.path}`,
        `--allow-write=${directory.path}`,
        ...further,
        ...[SCRIPT, JSON.stringify(options), source],
        ...[directory.join("copy"), way],
      ],
      env,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stdout) + decoder.decode(stderr), "10\n");
  });
}
