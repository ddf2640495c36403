import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startProxy } from "../stores/forwarder.ts";
import { RawServer } from "../s3_protocol/raw_server.ts";
import { type Failed, failuresOf } from "./failures_of.ts";
import { printFailures } from "./print_failures.ts";

// Small bodies and answers go through `fetch`, large bodies through `node:http`.

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

async function openssl(directory: string, args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command("openssl", {
    args,
    cwd: directory,
    stderr: "null",
    stdout: "null",
  }).output();
  return success;
}

/** Makes a certificate for `localhost` that is signed by itself. */
async function makeCertificate(
  constraints: string,
  isExpired = false,
): Promise<Certificate | undefined> {
  const directory = await Deno.makeTempDir();
  const subject = ["-subj", "/CN=localhost", "-keyout", "key"];
  const key = ["-newkey", "rsa:2048", "-nodes"];
  const extensions = [
    "subjectAltName=DNS:localhost",
    `basicConstraints=critical,${constraints}`,
  ];
  try {
    let isMade: boolean;
    if (isExpired) {
      await Deno.writeTextFile(`${directory}/index`, "");
      await Deno.writeTextFile(`${directory}/serial`, "01\n");
      await Deno.writeTextFile(
        `${directory}/config`,
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\n" +
          "new_certs_dir=.\ndefault_md=sha256\npolicy=p\n" +
          `x509_extensions=x\n[p]\nCN=supplied\n[x]\n${
            extensions.join("\n")
          }\n`,
      );
      isMade = await openssl(directory, [
        ...["req", ...key, ...subject, "-out", "request"],
      ]) && await openssl(directory, [
        ...["ca", "-config", "config", "-batch", "-notext", "-selfsign"],
        ...["-keyfile", "key", "-in", "request", "-out", "cert"],
        ...["-startdate", "20240101000000Z", "-enddate", "20240201000000Z"],
      ]);
    } else {
      isMade = await openssl(directory, [
        ...["req", "-x509", ...key, ...subject, "-days", "2", "-out", "cert"],
        ...extensions.flatMap((extension) => ["-addext", extension]),
      ]);
    }
    if (!isMade) return undefined;
    return {
      key: await Deno.readTextFile(`${directory}/key`),
      cert: await Deno.readTextFile(`${directory}/cert`),
    };
  } catch {
    // Without `openssl` there is no certificate to try.
    return undefined;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const ownAuthority = await makeCertificate("CA:TRUE");
const ownCertificate = await makeCertificate("CA:FALSE");
const expired = await makeCertificate("CA:FALSE", true);

async function serveTls(certificate: Certificate) {
  const server = createServer(certificate, (request, response) => {
    request.resume();
    request.on("end", () => {
      response.setHeader("etag", '"e"');
      response.end("<ListBucketResult></ListBucketResult>");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

Deno.test({
  name:
    "S3ObjectStore refuses a certificate that is its own authority whatever is asked",
  ignore: ownAuthority === undefined,
  async fn() {
    await using server = await serveTls(ownAuthority!);
    const failures = await failuresOf({
      endpoint: `https://localhost:${server.port}`,
      caCerts: [ownAuthority!.cert],
    });
    for (const { code, message } of failures) {
      assertEquals(code, "OTHER");
      assertStringIncludes(message, "certificate is not trusted");
      assertStringIncludes(message, "CA:FALSE");
    }
  },
});

Deno.test({
  name:
    "S3ObjectStore takes a certificate that was made by itself and is no authority",
  ignore: ownCertificate === undefined,
  async fn() {
    await using server = await serveTls(ownCertificate!);
    const failures = await failuresOf({
      endpoint: `https://localhost:${server.port}`,
      caCerts: [ownCertificate!.cert],
    });
    // The server does not tell sizes.
    assertEquals(failures.slice(2).map(({ message }) => message), ["", "", ""]);
  },
});

Deno.test({
  name: "S3ObjectStore says that 'http:' does not speak to a port of TLS",
  ignore: ownAuthority === undefined,
  async fn() {
    await using server = await serveTls(ownAuthority!);
    const endpoint = `http://localhost:${server.port}`;
    for (const { code, message } of await failuresOf({ endpoint })) {
      assertEquals(code, "OTHER");
      assertStringIncludes(message, "does not speak HTTP");
    }
  },
});

Deno.test("S3ObjectStore says what answers that is no HTTP", async () => {
  const answers = ["SSH-2.0-OpenSSH_9.9\r\n", "\0\x01\x02garbage\r\n\r\n"];
  for (const answer of answers) {
    await using server = await RawServer.start(async ({ socket, head }) => {
      await head();
      socket.end(answer);
    });
    const failures = await failuresOf({ endpoint: `http://${server.host}` });
    for (const { code, message } of failures) {
      assertEquals(code, "OTHER");
      assertStringIncludes(message, "does not speak HTTP");
    }
  }
});

Deno.test("S3ObjectStore says why nobody can be reached, first of all", async () => {
  const endpoints = {
    "http://127.0.0.1:2": "(ECONNREFUSED)",
    "http://name.invalid": "(ENOTFOUND)",
  };
  for (const [endpoint, reason] of Object.entries(endpoints)) {
    for (const { code, message } of await failuresOf({ endpoint })) {
      assertEquals(code, "TRANSIENT");
      assertStringIncludes(message, reason);
    }
  }
});

Deno.test("S3ObjectStore says of a lost connection that no answer came", async () => {
  await using server = await RawServer.start(async ({ socket, head }) => {
    await head();
    socket.destroy();
  });
  const failures = await failuresOf({ endpoint: `http://${server.host}` });
  assertEquals(failures.map(({ code }) => code), Array(5).fill("TRANSIENT"));
});

/** What every operation rejects with in a process that goes through a proxy. */
async function failuresThrough(
  proxy: string,
  endpoint: string,
  cert: string,
): Promise<Failed[]> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, cert);
    return JSON.parse(await printFailures(proxy, [endpoint, file]));
  } finally {
    await Deno.remove(file);
  }
}

Deno.test({
  name:
    "S3ObjectStore refuses certificates that have expired, are for another host or of an unknown authority, whatever is asked",
  ignore: ownCertificate === undefined || expired === undefined,
  async fn() {
    const trusted = ownCertificate!.cert;
    const cases = [
      [expired!, "localhost", [expired!.cert]],
      [ownCertificate!, "127.0.0.1", [trusted]],
      [ownCertificate!, "localhost", []],
      [ownAuthority!, "localhost", [trusted]],
    ] as const;
    for (const [certificate, host, caCerts] of cases) {
      await using server = await serveTls(certificate);
      const endpoint = `https://${host}:${server.port}`;
      for (const failed of await failuresOf({ endpoint, caCerts })) {
        assertEquals(failed.code, "OTHER", failed.message);
        assertStringIncludes(failed.message, "certificate is not trusted");
      }
    }
  },
});

Deno.test({
  name: "S3ObjectStore judges certificates behind a proxy as without one",
  ignore: ownAuthority === undefined || ownCertificate === undefined,
  async fn() {
    await using proxy = startProxy();
    const url = `http://127.0.0.1:${proxy.port}`;
    for (const certificate of [ownAuthority!, ownCertificate!]) {
      await using server = await serveTls(certificate);
      const failures = await failuresThrough(
        url,
        `https://localhost:${server.port}`,
        certificate.cert,
      );
      if (certificate === ownCertificate) {
        // The server does not tell sizes.
        const messages = failures.slice(2).map(({ message }) => message);
        assertEquals(messages, ["", "", ""]);
        continue;
      }
      for (const { code, message } of failures) {
        assertEquals(code, "OTHER");
        assertStringIncludes(message, "certificate is not trusted");
        assertStringIncludes(message, "CA:FALSE");
      }
    }
    assert(proxy.lines.every((line) => line.startsWith("CONNECT ")));
  },
});

Deno.test("S3ObjectStore reaches ports that 'fetch' refuses", async () => {
  const xml = "<ListBucketResult></ListBucketResult>";
  // One of the ports that the standard of `fetch` blocks, and no system uses.
  await using server = await RawServer.start(async ({ socket, head }) => {
    const [, length] = /content-length: (\d+)/i.exec(await head()) ?? [];
    if (Number(length) > 2 ** 16) return void socket.end();
    socket.end(
      `HTTP/1.1 200 OK\r\netag: "e"\r\nconnection: close\r\n` +
        `content-length: ${xml.length}\r\n\r\n${xml}`,
    );
  }, 10_080);
  const [size, copy, , , list] = await failuresOf({
    endpoint: `http://${server.host}`,
  });
  assertEquals([size, copy, list].map((it) => it?.message), ["", "", ""]);
});

Deno.test({
  name:
    "S3ObjectStore has a local error whatever is asked when no file can be opened",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeFile(`${directory}/small`, new Uint8Array(9));
      await Deno.writeFile(`${directory}/large`, new Uint8Array(2 ** 21));
      const child = new Deno.Command("sh", {
        args: [
          ...["-c", 'ulimit -n 100; exec "$@"', "sh", Deno.execPath()],
          ...["run", "-A", "--quiet", "--no-prompt"],
          ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]"),
          new URL("./few_files_main.ts", import.meta.url).pathname,
          ...["http://127.0.0.1:2", `${directory}/small`, `${directory}/large`],
        ],
      });
      let { stdout, stderr } = await child.output();
      // Deno itself panics at times when it cannot open a file.
      const decoder = new TextDecoder();
      for (let round = 1; round < 9 && stdout.length === 0; round++) {
        assertStringIncludes(decoder.decode(stderr), "Deno has panicked");
        ({ stdout, stderr } = await child.output());
      }
      const codes = JSON.parse(decoder.decode(stdout));
      assertEquals(codes, Array(5).fill("EMFILE"));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
