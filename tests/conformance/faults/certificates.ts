import { join } from "node:path";
import type { HarnessTls } from "../../../conformance/mod.ts";

/** A new authority with a certificate for `localhost` and `127.0.0.1`, made with `openssl`; `undefined` if there is none on this machine. */
export async function makeCertificates(): Promise<
  Required<HarnessTls> | undefined
> {
  const directory = await Deno.makeTempDir();
  const at = (name: string) => join(directory, name);
  const key = ["-newkey", "rsa:2048", "-nodes"];
  try {
    await Deno.writeTextFile(
      at("extensions"),
      "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    );
    await openssl([
      ...["req", "-x509", ...key, "-subj", "/CN=test authority"],
      ...["-days", "2", "-keyout", at("ca.key"), "-out", at("ca.pem")],
    ]);
    await openssl([
      ...["req", ...key, "-subj", "/CN=localhost"],
      ...["-keyout", at("key.pem"), "-out", at("request")],
    ]);
    await openssl([
      ...["x509", "-req", "-in", at("request"), "-days", "2"],
      ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"],
      ...["-extfile", at("extensions"), "-out", at("cert.pem")],
    ]);
    return {
      cert: await Deno.readTextFile(at("cert.pem")),
      key: await Deno.readTextFile(at("key.pem")),
      ca: await Deno.readTextFile(at("ca.pem")),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function openssl(args: string[]): Promise<void> {
  const command = new Deno.Command("openssl", { args });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
