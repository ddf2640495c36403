import { join } from "@std/path";
import type { ServerAddress } from "./server.ts";

/**
 * Makes a certificate authority and a certificate for servers on this machine,
 * with `openssl`. Nothing of it is kept.
 *
 * @param directory Where MinIO looks for `public.crt` and `private.key`; it is made.
 */
export async function makeCertificate(
  directory: string,
): Promise<Pick<ServerAddress, "ca" | "caFile" | "certificate">> {
  await Deno.mkdir(join(directory, "authority"), { recursive: true });
  const path = (name: string) => join(directory, name);
  const caFile = path("authority/ca.pem");
  const caKey = path("authority/ca.key");
  await Deno.writeTextFile(
    path("authority/extensions"),
    "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n",
  );
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await runOpenssl([
    ...["req", "-x509", "-nodes", "-days", "2", ...newKey],
    ...["-subj", "/CN=storekit test authority", "-keyout", caKey],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", caFile],
  ]);
  await runOpenssl([
    ...["req", "-nodes", ...newKey, "-subj", "/CN=localhost"],
    ...["-keyout", path("private.key"), "-out", path("authority/request")],
  ]);
  await runOpenssl([
    ...["x509", "-req", "-days", "2", "-in", path("authority/request")],
    ...["-CA", caFile, "-CAkey", caKey, "-set_serial", "2"],
    ...["-extfile", path("authority/extensions"), "-out", path("public.crt")],
  ]);
  return {
    caFile,
    ca: await Deno.readTextFile(caFile),
    certificate: {
      cert: await Deno.readTextFile(path("public.crt")),
      key: await Deno.readTextFile(path("private.key")),
    },
  };
}

async function runOpenssl(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
