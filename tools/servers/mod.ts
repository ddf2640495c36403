import { findProgram, MINIO, VERSITYGW } from "./install.ts";
import { startMinio } from "./minio.ts";
import { startS3rver } from "./s3rver.ts";
import { SERVER_NAMES, type ServerName, type TestServer } from "./server.ts";
import { startVersitygw } from "./versitygw.ts";

const STARTS: Record<ServerName, () => Promise<TestServer>> = {
  "s3rver": startS3rver,
  "minio": () => startMinio(),
  "minio-https": () => startMinio({ isSecure: true }),
  "versitygw": startVersitygw,
};

/** Starts a server of a kind that is here; the caller disposes of it. */
export function startServer(name: ServerName): Promise<TestServer> {
  return STARTS[name]();
}

/**
 * The servers that can be started here: the embedded one, and those whose
 * programs `deno task servers` has found. `OBJECT_STORE_SERVERS=s3rver,minio`
 * leaves others out, which makes the tests faster.
 */
export async function findServers(): Promise<ServerName[]> {
  const chosen = Deno.env.get("OBJECT_STORE_SERVERS")?.split(",") ??
    SERVER_NAMES;
  const hasMinio = await findProgram(MINIO) !== undefined;
  const hasVersitygw = await findProgram(VERSITYGW) !== undefined;
  return SERVER_NAMES.filter((name) =>
    chosen.includes(name) &&
    (name === "s3rver" || (name === "versitygw" ? hasVersitygw : hasMinio))
  );
}
