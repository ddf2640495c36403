import { findProgram, VERSITYGW } from "./install.ts";
import { runServer, type TestServer } from "./server.ts";

/** Starts VersityGW on a directory: buckets are directories in it, and objects files. */
export async function startVersitygw(): Promise<TestServer> {
  const program = await findProgram(VERSITYGW);
  if (!program) throw new Error("Cannot start VersityGW: deno task servers");
  const credentials = {
    accessKeyId: "versity-access",
    secretAccessKey: "versity-secret-key",
  };
  return await runServer({
    name: "versitygw",
    command: ({ port, dataDirectory }) => [
      ...[program, "--quiet", "--port", `127.0.0.1:${port}`],
      ...["posix", dataDirectory],
    ],
    env: {
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    credentials,
    forbid: () =>
      Promise.resolve({ ...credentials, secretAccessKey: "wrong-secret-key" }),
  });
}
