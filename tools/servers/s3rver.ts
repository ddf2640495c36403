import { fromFileUrl } from "@std/path";
import { buildDenoArguments } from "../../conformance/runner/process/child_command.ts";
import { runServer, type TestServer } from "./server.ts";

const MAIN = fromFileUrl(new URL("s3rver_main.ts", import.meta.url));

/** Starts the embedded server: s3rver with the repairs of `s3rver_repairs.ts`. */
export function startS3rver(): Promise<TestServer> {
  return runServer({
    name: "s3rver",
    command: ({ port, dataDirectory, bucket }) => [
      ...[Deno.execPath(), "run", "-A", "--no-check", "--quiet"],
      ...[...buildDenoArguments(), MAIN, String(port), dataDirectory, bucket],
    ],
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "s3rver-secret" },
    // It knows one access key, and does not look at signatures.
    forbid: ({ credentials }) =>
      Promise.resolve({ ...credentials, accessKeyId: "NOBODY" }),
  });
}
