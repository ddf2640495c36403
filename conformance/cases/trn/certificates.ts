import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "@std/path/join";
import { promisify } from "node:util";
import type { Case, CaseContext } from "../../model/case.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { checkCode, expect, settle } from "../../checks/expect.ts";
import { severalRequests, SMALL } from "../shared/wire_operations.ts";
import { patienceOf } from "../shared/wire_outcomes.ts";
import { quiet } from "../shared/transfers.ts";
import { listen } from "./bad_servers.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** A certificate with its key, and the authority that is to be trusted; in PEM. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Codes of a refusal of the certificate, and of an answer of the service behind it. */
const REFUSED = ["OTHER"];
const REACHED = ["PERMISSION_DENIED"];

/** Ways in which certificates are made, and what every operation on such a server rejects with. */
const KINDS: readonly {
  readonly what: string;
  readonly codes: readonly string[];
  readonly make: (directory: string) => Promise<Certificate>;
}[] = [{
  what: "from the authority that is trusted",
  codes: REACHED,
  make: (directory) => sign(directory, { host: "localhost", days: 2 }),
}, {
  what: "for another host, from the authority that is trusted",
  codes: REFUSED,
  make: (directory) => sign(directory, { host: "other.invalid", days: 2 }),
}, {
  what: "that has expired, from the authority that is trusted",
  codes: REFUSED,
  make: (directory) => sign(directory, { host: "localhost", days: -1 }),
}, {
  what: "that is its own authority, as 'openssl req -x509' makes it",
  // Some clients accept it once it is trusted, some never do.
  codes: [...REFUSED, ...REACHED],
  make: (directory) => signItself(directory),
}];

/** Certificates made in the usual ways: a part of group TRN. */
export const trnCertificateCases: readonly Case[] = [{
  id: "TRN-24",
  clauses: [25],
  level: "must",
  needs: ["openTrusting"],
  timeoutMs: 120_000,
  title: "a certificate is accepted or refused alike, whatever is asked",
  explain:
    "A server refuses every request with 403, behind a certificate from the authority that the store trusts, one for another host, one that has expired, and one that is its own authority. Small and large uploads, downloads and sizes reject as PERMISSION_DENIED where the certificate is accepted, and as OTHER where it is not; never as TRANSIENT, as another attempt finds the same certificate, and all of them alike. Look for an error of the runtime that tells only by its text that it is one of the certificate, and for requests that go out through two clients.",
  async run(ctx) {
    for (const [i, { what, codes, make }] of KINDS.entries()) {
      let certificate: Certificate;
      try {
        const directory = join(ctx.scratch, `certificate-${i}`);
        await mkdir(directory);
        certificate = await make(directory);
      } catch {
        throw ctx.unverified("no 'openssl' that makes certificates");
      }
      await checkKind(ctx, certificate, { what, codes });
    }
  },
}];

async function checkKind(
  ctx: CaseContext,
  { cert, key, ca }: Certificate,
  { what, codes }: { what: string; codes: readonly string[] },
): Promise<void> {
  const server = createServer({ cert, key }, (request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(403).end());
  });
  await disposeAfter(
    await listen(
      server,
      () => server.closeAllConnections(),
    ),
    async (listening) => {
      const url = listening.url.replace("127.0.0.1", "localhost");
      const store = await ctx.openTrusting(url, [ca]);
      const found = new Set<unknown>();
      for (
        const [operation, start] of Object.entries(operationsOf(ctx, store))
      ) {
        const called = `${operation} on a server with a certificate ${what}`;
        const outcome = await ctx.within(
          patienceOf(ctx),
          settle(quiet(start())),
          called,
        );
        expect(ctx, outcome.status === "rejected", {
          expected: `${called} rejects`,
          observed: "it fulfilled",
        });
        checkCode(ctx, outcome.reason, codes, called);
        found.add((outcome.reason as { code?: unknown }).code);
        expect(ctx, found.size === 1, {
          expected: `${called} rejects as the other operations did`,
          observed: `it rejected with ${outcome.reason}`,
        });
      }
    },
  );
}

function operationsOf(
  ctx: CaseContext,
  store: ObjectStore,
): Record<string, () => Promise<unknown>> {
  const upload = (size: number) => () =>
    ctx.upload(ctx.name(), ctx.bytes(size), {}, store);
  return {
    getObjectSize: () => store.getObjectSize(ctx.name()),
    "a download": () =>
      ctx.download(ctx.name(), join(ctx.scratch, ctx.name()), {}, store),
    "a small upload": upload(SMALL),
    "a large upload": upload(severalRequests(ctx)),
  };
}

/** Makes an authority, and a certificate of it. */
async function sign(
  directory: string,
  { host, days }: { host: string; days: number },
): Promise<Certificate> {
  await writeFile(
    join(directory, "extensions"),
    `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`,
  );
  const key = "-newkey rsa:2048 -nodes";
  await openssl(
    directory,
    `req -x509 ${key} -subj /CN=kit -days 2 -keyout ca.key -out ca`,
  );
  await openssl(
    directory,
    `req ${key} -subj /CN=${host} -keyout key -out request`,
  );
  await openssl(
    directory,
    `x509 -req -in request -days ${days} -CA ca -CAkey ca.key -CAcreateserial -extfile extensions -out cert`,
  );
  return await read(directory, "ca");
}

async function signItself(directory: string): Promise<Certificate> {
  await openssl(
    directory,
    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key -out cert",
  );
  return await read(directory, "cert");
}

async function openssl(directory: string, options: string): Promise<void> {
  await promisify(execFile)("openssl", options.split(" "), { cwd: directory });
}

async function read(directory: string, ca: string): Promise<Certificate> {
  const text = (name: string) => readFile(join(directory, name), "utf8");
  return {
    cert: await text("cert"),
    key: await text("key"),
    ca: await text(ca),
  };
}
