import { join } from "@std/path";
import { findProgram, MINIO } from "./install.ts";
import { makeCertificate } from "./certificate.ts";
import { findFreePort } from "./process.ts";
import { runServer, type TestServer } from "./server.ts";
import {
  sendSigned,
  type SignedRequest,
  type SignedTarget,
} from "./signed_request.ts";

const POLICY = {
  Version: "2012-10-17",
  Statement: [{
    Effect: "Deny",
    Action: ["s3:*"],
    Resource: ["arn:aws:s3:::*"],
  }],
};

/** Starts MinIO, over HTTPS with an authority of its own if asked. */
export async function startMinio(
  { isSecure = false }: { isSecure?: boolean } = {},
): Promise<TestServer> {
  const program = await findProgram(MINIO);
  if (!program) throw new Error("Cannot start MinIO: deno task servers");
  const credentials = {
    accessKeyId: "minio-access",
    secretAccessKey: "minio-secret-key",
  };
  return await runServer({
    name: isSecure ? "minio-https" : "minio",
    protocol: isSecure ? "https:" : "http:",
    prepare: async (directory) =>
      isSecure ? await makeCertificate(join(directory, "certificates")) : {},
    command: ({ port, directory, dataDirectory }) => [
      ...[program, "server", dataDirectory, "--quiet", "--json"],
      ...["--address", `127.0.0.1:${port}`],
      ...["--console-address", `127.0.0.1:${findFreePort()}`],
      ...["--certs-dir", join(directory, "certificates")],
    ],
    env: {
      MINIO_ROOT_USER: credentials.accessKeyId,
      MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
    credentials,
    forbid,
  });
}

/** A temporary user of MinIO who may do nothing. */
async function forbid(
  target: SignedTarget,
): Promise<SignedTarget["credentials"]> {
  const request: SignedRequest = {
    method: "POST",
    path: "/",
    service: "sts",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      DurationSeconds: "3600",
      Policy: JSON.stringify(POLICY),
    }).toString(),
  };
  let answer = await sendSigned(target, request);
  // Users come up later than buckets.
  while (answer.text.includes("Server not initialized")) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer = await sendSigned(target, request);
  }
  const read = (name: string) => {
    const value = answer.text.match(`<${name}>([^<]+)</${name}>`)?.[1];
    if (value) return value;
    throw new Error(`Cannot make user: ${answer.status} ${answer.text}`);
  };
  return {
    accessKeyId: read("AccessKeyId"),
    secretAccessKey: read("SecretAccessKey"),
    sessionToken: read("SessionToken"),
  };
}
