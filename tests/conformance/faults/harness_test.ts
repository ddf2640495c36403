import { assertEquals, assertThrows } from "@std/assert";
import { defineHarness, s3Dialect } from "../../../conformance/mod.ts";
import { TinyStore } from "../tiny_store.ts";

const PLAIN = {
  name: "tiny",
  open: (ctx: { prefix: string }) => new TinyStore(ctx),
};

Deno.test("defineHarness() takes what the wire needs", () => {
  const members = [
    { upstream: "http://127.0.0.1:9000" },
    { upstream: () => Promise.resolve("https://127.0.0.1:9000/base") },
    { dialect: s3Dialect, openAt: () => new TinyStore({ prefix: "" }) },
    { tls: { cert: "c", key: "k" } },
    { tls: { ca: "a" } },
    { tls: { cert: "c", key: "k", ca: "a" } },
    { resign: { accessKeyId: "i", secretAccessKey: "s" } },
  ];
  for (const member of members) {
    const harness = { ...PLAIN, ...member };
    assertEquals(defineHarness(harness) === harness, true);
  }
});

Deno.test("defineHarness() refuses what is not right for the wire, and tells no secret", () => {
  const wrong: [string, unknown, string][] = [
    ["upstream", "127.0.0.1:9000", "must be an http:, https: or tcp: URL"],
    ["upstream", 1, "must be an http:, https: or tcp: URL"],
    ["openAt", "http://127.0.0.1", "'openAt' must be a function"],
    ["dialect", "s3", "'dialect' must be an object"],
    ["dialect", {}, "'dialect.errorBody' must be a function"],
    ["dialect", { ...s3Dialect, isDiscard: 1 }, "'dialect.isDiscard' must be"],
    [
      "dialect",
      { ...s3Dialect, transientCodes: "SlowDown" },
      "'dialect.transientCodes' must be strings",
    ],
    ["tls", { cert: "c" }, "'tls' must have 'cert' and 'key', or neither"],
    ["tls", { cert: 1, key: "k" }, "'tls.cert' must be a string"],
    ["resign", { accessKeyId: "i" }, "'resign.secretAccessKey' must be"],
    [
      "resign",
      { accessKeyId: "i", secretAccessKey: new Uint8Array(3) },
      "its type is object",
    ],
  ];
  for (const [key, value, message] of wrong) {
    const harness = { ...PLAIN, [key]: value };
    assertThrows(() => defineHarness(harness), TypeError, message);
  }
});
