import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  ObjectStoreError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { MemoryOperator } from "./memory_operator.ts";

const LARGE = new Uint8Array(9 * 2 ** 20).fill(1);
/** Runs a store on an operator that signs, without the permission to connect. */
const WITHOUT_NET = `
import { OpendalObjectStore } from ${
  JSON.stringify(new URL("../../src/opendal/mod.ts", import.meta.url).href)
};
import { MemoryOperator } from ${
  JSON.stringify(new URL("memory_operator.ts", import.meta.url).href)
};
const operator = new MemoryOperator();
operator.signsFor = "http://127.0.0.1:9";
operator.told = { etag: "told" };
operator.etagOf = (value) => String(value.length);
const store = new OpendalObjectStore({ operator, scheme: "s3", uri: "s3://b" });
await store.writeObject("a", new Uint8Array(9 * 2 ** 20));
console.log(operator.values.get("a").length, operator.requests.includes("close a"));
`;

/** An answer of the service to an upload that came whole. */
type Answer = (request: Request, attempt: number) => Response;

/** Opens a store of S3 whose signed requests go to a server. */
async function withStore(
  answer: Answer,
  use: (store: OpendalObjectStore, operator: MemoryOperator) => Promise<void>,
): Promise<string[]> {
  const targets: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { length } = await request.bytes();
      const { pathname, search } = new URL(request.url);
      targets.push(`${request.method} ${pathname}${search} ${length}`);
      return answer(request, targets.length);
    },
  );
  const operator = new MemoryOperator();
  operator.signsFor = `http://127.0.0.1:${server.addr.port}`;
  try {
    await using store = new OpendalObjectStore({
      ...{ operator, scheme: "s3", uri: "s3://b" },
    });
    await use(store, operator);
  } finally {
    await server.shutdown();
  }
  return targets;
}

const stored = () => new Response(null, { headers: { etag: '"1"' } });

Deno.test("a large object goes to the URL that OpenDAL has signed, with its headers and its type", async () => {
  const headers: (string | null)[] = [];
  const answer: Answer = (request) => {
    for (const name of ["content-type", "x-amz-server-side-encryption"]) {
      headers.push(request.headers.get(name));
    }
    return stored();
  };
  const targets = await withStore(answer, async (store, operator) => {
    const contentType = "text/plain";
    await store.writeObject("a/ü", LARGE, { contentType });
    assertEquals(operator.requests, ["sign a/ü"]);
  });
  assertEquals(targets, [
    `PUT /b/a/%C3%BC?X-Amz-Signature=signature-1 ${LARGE.length}`,
  ]);
  assertEquals(headers, ["text/plain", "AES256"]);
});

Deno.test("a small object goes through the operator", async () => {
  const targets = await withStore(stored, async (store, operator) => {
    operator.told = { etag: '"told"' };
    await store.writeObject("a", "small");
    assertEquals(operator.requests, ["write a"]);
  });
  assertEquals(targets, []);
});

Deno.test("what is sent again after a busy service is signed again", async () => {
  const answer: Answer = (_request, attempt) =>
    attempt === 1 ? new Response(null, { status: 503 }) : stored();
  const targets = await withStore(answer, async (store) => {
    await store.writeObject("a", LARGE);
  });
  assertEquals(
    targets,
    [1, 2].map((count) =>
      `PUT /b/a?X-Amz-Signature=signature-${count} ${LARGE.length}`
    ),
  );
});

Deno.test("a service that is busy for long is not asked again before its time", async () => {
  const headers = { "retry-after": "86400" };
  const targets = await withStore(
    () => new Response(null, { status: 503, headers }),
    async (store) => {
      await assertRejects(
        () => store.writeObject("a", LARGE),
        ObjectStoreTransientError,
      );
    },
  );
  assertEquals(targets.length, 1);
});

Deno.test("a refusal is told by its code, and without the signature that the service repeats", async () => {
  const answer: Answer = ({ url }) => {
    const signature = new URL(url).searchParams.get("X-Amz-Signature");
    return new Response(
      `<Error><Code>SignatureDoesNotMatch</Code><Message>not ${signature}</Message></Error>`,
      { status: 403 },
    );
  };
  await withStore(answer, async (store) => {
    const error = await assertRejects(
      () => store.writeObject("a", LARGE),
      ObjectStorePermissionError,
    );
    const text = Deno.inspect(error);
    assertEquals(text.includes("not [not shown]"), true, text);
    assertEquals(text.includes("signature-"), false, text);
  });
});

Deno.test("a page that answers in the place of the service is no success", async () => {
  const headers = { "content-type": "text/html" };
  const answer = () => new Response("<html>sign in</html>", { headers });
  await withStore(answer, async (store) => {
    const error = await assertRejects(
      () => store.writeObject("a", LARGE),
      ObjectStoreError,
    );
    assertEquals(error.code, "OTHER");
  });
});

Deno.test("a process that may not connect itself leaves large objects to the operator", async () => {
  await using directory = await makeTemporaryDirectory();
  const main = join(directory.path, "main.ts");
  await Deno.writeTextFile(main, WITHOUT_NET);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--quiet", "--no-prompt"],
      ...["--allow-read", "--allow-env"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      main,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(decoder.decode(stdout), `${LARGE.length} true\n`);
});
