import { assert, assertEquals, assertRejects } from "@std/assert";
import { toFileUrl } from "@std/path";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import { FileSystemObjectStore } from "../../src/file_system/store.ts";
import { MinioObjectStore } from "../../src/minio/store.ts";
import { openObjectStore } from "../../src/open/mod.ts";
import { OpendalObjectStore } from "../../src/opendal/store.ts";
import { S3ObjectStore } from "../../src/s3/store.ts";
import { makeDriver } from "../driver_store/make_driver.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";
import { KEYS } from "../s3/store_on_server.ts";

Deno.test("openObjectStore() opens each store at its place", async () => {
  const minio = { credentials: KEYS };
  for (
    const [uri, Store, expected] of [
      ["s3://bucket", S3ObjectStore, "s3://bucket/x"],
      ["s3://bucket/", S3ObjectStore, "s3://bucket/x"],
      ["s3://my.bucket/a/b c/%41", S3ObjectStore, "s3://my.bucket/a/b c/%41/x"],
      ["S3://bucket/a@b:c?d/", S3ObjectStore, "s3://bucket/a@b:c?d/x"],
      [
        "minio+https://host:9000/bucket/p/q",
        MinioObjectStore,
        "s3://bucket/p/q/x",
      ],
      ["minio+http://[::1]:9000/bucket", MinioObjectStore, "s3://bucket/x"],
      ["file:///tmp/a%20b", FileSystemObjectStore, "file:///tmp/a%20b/x"],
      [new URL("file:///tmp/c/"), FileSystemObjectStore, "file:///tmp/c/x"],
      ["gs://bucket/a/b", OpendalObjectStore, "gs://bucket/a/b/x"],
      ["oss://bucket", OpendalObjectStore, "oss://bucket/x"],
      ["azblob://models/v1", OpendalObjectStore, "azblob://models/v1/x"],
      [
        "azblob://me.blob.core.windows.net/models/v1",
        OpendalObjectStore,
        "azblob://me.blob.core.windows.net/models/v1/x",
      ],
    ] as const
  ) {
    await using store = await openObjectStore(uri, { minio });
    assert(store instanceof Store, `${uri}`);
    assertEquals(store.getUri("x"), expected);
  }
});

Deno.test("openObjectStore() passes the options on that the URI does not say", async () => {
  await using server = await S3Server.start();
  await using store = await openObjectStore("s3://bucket/p", {
    s3: { endpoint: server.url, credentials: KEYS },
  });
  await store.writeObject("a", "text");
  assertEquals([...server.objects.keys()], ["p/a"]);
  await using minio = await openObjectStore(
    `minio+${server.url}/bucket`,
    { minio: { credentials: KEYS, prefix: "q" } },
  );
  await minio.writeObject("a", "text");
  assertEquals([...server.objects.keys()], ["p/a", "q/a"]);
  await using root = await makeTemporaryDirectory();
  await using file = await openObjectStore(toFileUrl(root.path), {
    file: { prefix: "p" },
  });
  await file.writeObject("a", "text");
  assertEquals(await root.list(), ["p+/", "p+/a"]);
});

Deno.test("openObjectStore() refuses credentials in a URI, and repeats nothing of it", async () => {
  for (
    const uri of [
      "s3://AKIASECRET:hidden@bucket/p",
      "s3://AKIASECRET@bucket",
      "s3://AKIASECRET:hidden/bucket",
      "s3://bucket/p?secretAccessKey=hidden",
      "s3://bucket?X-Amz-Signature=hidden",
      "s3://bucket/p#token=hidden",
      "minio+https://AKIASECRET:hidden@host/bucket",
      "minio+http://host/AKIASECRET:hidden/p",
      "minio+http://host?accessKey=hidden",
      "file://AKIASECRET:hidden@host/root",
      "file:///root?token=hidden",
      "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=hidden",
      "AKIASECRET:hidden",
      "/AKIASECRET/hidden",
    ]
  ) {
    const error = await assertRejects(
      () => openObjectStore(uri),
      TypeError,
      "Cannot open a store as its URI",
    );
    assert(!/hidden|AKIASECRET/.test(Deno.inspect(error)), error.message);
  }
});

Deno.test("openObjectStore() names the schemes that are known", async () => {
  for (const uri of ["webdav://host", "bucket", ""]) {
    await assertRejects(
      () => openObjectStore(uri, { schemes: { mine: () => never() } }),
      TypeError,
      "known are 'azblob', 'b2', 'cos', 'file', 'gs', 'mine', 'minio+http', 'minio+https', 'obs', 'oss', 's3'",
    );
  }
});

Deno.test("openObjectStore() refuses what has not the form of its scheme", async () => {
  for (
    const uri of [
      ...["s3:bucket", "s3://", "s3:///p", "s3://b", "minio+http://host"],
      ...["minio+http:///bucket", "file://host/root", "file:root"],
      ...["file:///root?a", new URL("s3://bucket/p"), 7 as unknown as string],
    ]
  ) {
    await assertRejects(() => openObjectStore(uri), TypeError, "its URI must");
  }
  await assertRejects(
    () => openObjectStore("s3://bucket//p"),
    TypeError,
    "prefix",
  );
  await assertRejects(
    () => openObjectStore("s3://bucket/p", { s3: { prefix: "q" } }),
    TypeError,
    "beside",
  );
  await assertRejects(
    () => openObjectStore("s3://bucket", { s4: {} } as object),
    TypeError,
    "unknown",
  );
});

Deno.test("openObjectStore() opens stores of one's own", async () => {
  const mine = new DriverObjectStore(makeDriver({}));
  const opened = await openObjectStore("mine://a?b=c", {
    schemes: {
      mine(uri) {
        assertEquals(uri, "mine://a?b=c");
        return mine;
      },
    },
  });
  assertEquals(opened, mine);
});

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

Deno.test("openObjectStore() loads a store only when it is opened", async () => {
  const entry = new URL("../../src/open/mod.ts", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["info", "--json", "--no-check"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      entry,
    ],
    stderr: "null",
  }).output();
  const { modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const loaded = new Set([entry]);
  for (const from of loaded) {
    const found = modules.find(({ specifier }) => specifier === from);
    for (const { code, isDynamic } of found?.dependencies ?? []) {
      if (code?.specifier && !isDynamic) loaded.add(code.specifier);
    }
  }
  const names = [...loaded].map((url) => url.split("/src/")[1]).sort();
  assertEquals(names, [
    ...["open/mod.ts", "open/open_object_store.ts", "open/parse_uri.ts"],
    "refusal.ts",
  ]);
});

function never(): never {
  throw new Error("not asked for");
}
