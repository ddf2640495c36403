import { rm } from "node:fs/promises";
import { join } from "@std/path";
import type { HarnessContext, Oracle } from "../../conformance/mod.ts";
import { mapConcurrently } from "../../conformance/checks/map_concurrently.ts";
import type { ServerAddress } from "../../tools/servers/server.ts";
import {
  makeClient,
  sendSigned,
  type SignedAnswer,
  type SignedTarget,
} from "../../tools/servers/signed_request.ts";

/** A bucket, and what asks for it. */
type OracleTarget = ServerAddress & Pick<SignedTarget, "client">;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Looks at objects by requests of its own, around the store and around the kit's proxy. */
export function makeOracle(address: ServerAddress): Oracle {
  const pathOf = (name: string, { prefix }: HarnessContext) =>
    `/${address.bucket}/${prefix}/${name}`;
  let client: ReturnType<typeof makeClient>;
  // To make a client takes longer than a request. This one ends with the process, and keeps no
  // connection open that a case which counts files would find.
  const target = () => ({
    ...address,
    client: client ??= makeClient(address, { poolMaxIdlePerHost: 0 }),
  });
  return {
    async put(name, bytes, ctx) {
      const body = new Uint8Array(bytes);
      const path = pathOf(name, ctx);
      expect(await sendSigned(target(), { method: "PUT", path, body }), 200);
    },
    async get(name, ctx) {
      const answer = await sendSigned(target(), { path: pathOf(name, ctx) });
      if (answer.status === 404) return undefined;
      return expect(answer, 200).bytes;
    },
    async list({ prefix }) {
      const base = `${prefix}/`;
      const keys = await listKeys(target(), base);
      const uploads = await listUploads(target(), base);
      return [...keys, ...uploads].map((key) => key.slice(base.length));
    },
    async delete(name, ctx) {
      const path = pathOf(name, ctx);
      expect(await sendSigned(target(), { method: "DELETE", path }), 204);
    },
  };
}

/** Removes every object below a prefix; unfinished uploads are left, as the test counts them. */
export async function removeAll(
  address: ServerAddress,
  prefix: string,
): Promise<void> {
  if (address.name === "s3rver") {
    // It takes a minute for thousands of objects, which are plain files there.
    return await rm(
      join(address.dataDirectory, address.bucket, prefix),
      { recursive: true, force: true },
    );
  }
  // Not `using`: this runs on Node 22 as well.
  const client = makeClient(address);
  const target = { ...address, client };
  try {
    // MinIO does not list what is below the name of an object, until that is gone.
    for (;;) {
      const keys = await listKeys(target, `${prefix}/`);
      if (keys.length === 0) return;
      const removed = mapConcurrently(keys, async (key) => {
        const path = `/${address.bucket}/${key}`;
        return await sendSigned(target, { method: "DELETE", path });
      }, 8);
      for await (const answer of removed) expect(answer, 204);
    }
  } finally {
    client?.close();
  }
}

async function listKeys(
  address: OracleTarget,
  prefix: string,
): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const { text } = expect(
      await sendSigned(address, {
        path: `/${address.bucket}`,
        query: {
          "list-type": "2",
          "encoding-type": "url",
          prefix,
          ...token === undefined ? {} : { "continuation-token": token },
        },
      }),
      200,
    );
    const isEncoded = text.includes("<EncodingType>url</EncodingType>");
    for (const [, key = ""] of text.matchAll(/<Key>([^<]*)<\/Key>/g)) {
      const text = decodeXml(key);
      keys.push(isEncoded ? decodeForm(text) : text);
    }
    token = text.match(
      /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/,
    )?.[1];
    if (token !== undefined) token = decodeXml(token);
  } while (token !== undefined);
  return keys;
}

async function listUploads(
  address: OracleTarget,
  prefix: string,
): Promise<string[]> {
  const { text } = expect(
    await sendSigned(address, {
      path: `/${address.bucket}`,
      query: { uploads: "" },
    }),
    200,
  );
  return [...text.matchAll(
    /<Upload>.*?<Key>([^<]*)<\/Key>.*?<UploadId>([^<]*)<\/UploadId>/gs,
  )].map(([, key = "", id = ""]) => `${decodeXml(key)} (upload ${id})`)
    .filter((key) => key.startsWith(prefix));
}

function expect(answer: SignedAnswer, status: number): SignedAnswer {
  if (answer.status === status) return answer;
  throw new Error(`The oracle was answered ${answer.status}: ${answer.text}`);
}

/** As forms encode: a space is a plus. */
function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function decodeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name = "") =>
      hex || decimal
        ? String.fromCodePoint(parseInt(hex ?? decimal ?? "", hex ? 16 : 10))
        : ENTITIES[name] ?? whole,
  );
}
