import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { checkCommonOptions } from "../../src/s3_protocol/check_common_options.ts";
import type { S3CommonOptions } from "../../src/s3_protocol/common_options.ts";

const GOOD: S3CommonOptions = {
  bucket: "bucket",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
};

Deno.test("checkCommonOptions() fills in what is left out", () => {
  const checked = checkCommonOptions(GOOD);
  assertEquals(checked.partSize, 16 * 2 ** 20);
  assertEquals(checked.timeout, 30_000);
  assertEquals(checked.attempts, 3);
  assertEquals(checked.checksum, "crc32");
  assertEquals(checked.endpoint, undefined);
  assertEquals(checked.caCerts, []);
});

Deno.test("checkCommonOptions() refuses bad values by name and value", () => {
  const bad: [string, unknown, string][] = [
    ["bucket", undefined, "undefined"],
    ["bucket", "a/b", '"a/b"'],
    ["bucket", "", '""'],
    ["region", "eu west", '"eu west"'],
    ["endpoint", "127.0.0.1:9000", '"127.0.0.1:9000"'],
    ["endpoint", "ftp://host", '"ftp://host"'],
    ["endpoint", "http://host/?x=1", "not shown"],
    ["endpoint", "http://me:secret@[host", "not shown"],
    ["endpoint", 9000, "9000"],
    ["pathStyle", "yes", '"yes"'],
    ["partSize", 5 * 2 ** 20 - 1, "5242879"],
    ["partSize", 6e6 + 0.5, "6000000.5"],
    ["partSize", 5 * 2 ** 30 + 1, "5368709121"],
    ["parallel", 0, "0"],
    ["timeout", Infinity, "Infinity"],
    ["attempts", NaN, "NaN"],
    ["checksum", "sha1", '"sha1"'],
    ["caCerts", "PEM", '"PEM"'],
    ["upload", 1, "1"],
  ];
  for (const [name, value, shown] of bad) {
    const options = { ...GOOD, [name]: value } as S3CommonOptions;
    assertThrows(() => checkCommonOptions(options), TypeError, `'${name}'`);
    assertThrows(() => checkCommonOptions(options), TypeError, shown);
  }
});

Deno.test("checkCommonOptions() refuses unknown options", () => {
  for (const [name, value] of Object.entries({ buket: "x", acl: 1 })) {
    const options = { ...GOOD, [name]: value } as S3CommonOptions;
    assertThrows(() => checkCommonOptions(options), TypeError, `'${name}'`);
  }
  const options = { ...GOOD, upload: { acl: "x" } } as S3CommonOptions;
  assertThrows(() => checkCommonOptions(options), TypeError, "'upload.acl'");
  checkCommonOptions({ ...GOOD, client: 1 } as S3CommonOptions, ["client"]);
});

Deno.test("checkCommonOptions() refuses what no header can carry", () => {
  for (
    const upload of [
      { contentType: "a\r\nb" },
      { storageClass: "é" },
      { metadata: { "a b": "c" } },
      { metadata: { a: "é" } },
      { metadata: { a: " b" } },
    ]
  ) {
    assertThrows(() => checkCommonOptions({ ...GOOD, upload }), TypeError);
  }
});

Deno.test("checkCommonOptions() shows no secret", () => {
  const secret = "not-to-be-shown";
  const bad = [
    { credentials: { accessKeyId: secret } },
    { credentials: { accessKeyId: 1, secretAccessKey: secret } },
    { credentials: secret },
    { secretAccessKey: secret },
    { accessKey: secret },
    { endpoint: `http://user:${secret}@host` },
  ];
  for (const options of bad) {
    try {
      checkCommonOptions({ ...GOOD, ...options } as S3CommonOptions);
      throw new Error("It was taken");
    } catch (error) {
      assertEquals(error instanceof TypeError, true);
      assertEquals(Deno.inspect(error).includes(secret), false);
    }
  }
});

Deno.test("checkCommonOptions() copies what it is given", () => {
  const keys = { accessKeyId: "a", secretAccessKey: "b" };
  const metadata = { a: "b" };
  const caCerts = ["PEM"];
  const checked = checkCommonOptions({
    bucket: "bucket",
    credentials: keys,
    upload: { metadata },
    caCerts,
  });
  keys.secretAccessKey = metadata.a = caCerts[0] = "changed";
  assertEquals(checked.upload, { metadata: { a: "b" } });
  assertEquals(checked.caCerts, ["PEM"]);
  assertEquals(checked.credentials!(), {
    accessKeyId: "a",
    secretAccessKey: "b",
    sessionToken: undefined,
  });
});

Deno.test("checkCommonOptions() asks a provider again only when its keys expire", async () => {
  let asked = 0;
  let expiration: Date | undefined = new Date(Date.now() + 3_600_000);
  const { credentials } = checkCommonOptions({
    bucket: "bucket",
    credentials: () =>
      Promise.resolve({
        accessKeyId: `a${++asked}`,
        secretAccessKey: "b",
        expiration,
      }),
  });
  const all = await Promise.all([credentials!(), credentials!()]);
  assertStrictEquals(all[0], all[1]);
  assertStrictEquals(await credentials!(), all[0]);
  assertEquals(asked, 1);

  expiration = undefined;
  const every = checkCommonOptions({
    bucket: "bucket",
    credentials: () =>
      Promise.resolve({ accessKeyId: `a${++asked}`, secretAccessKey: "b" }),
  }).credentials!;
  await every();
  await every();
  assertEquals(asked, 3);
});

Deno.test("checkCommonOptions() asks a provider again that has failed", async () => {
  let asked = 0;
  const { credentials } = checkCommonOptions({
    bucket: "bucket",
    credentials: () => {
      if (++asked === 1) throw new Error("not yet");
      return Promise.resolve({ accessKeyId: "a", secretAccessKey: "b" });
    },
  });
  const failure = await Promise.resolve(credentials!()).catch((error) => error);
  assertEquals(failure.message, "not yet");
  assertEquals((await credentials!()).accessKeyId, "a");
});
