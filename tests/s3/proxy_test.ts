import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RawServer } from "../s3_protocol/raw_server.ts";
import type { Failed } from "./failures_of.ts";
import { printFailures } from "./print_failures.ts";

Deno.test("S3ObjectStore takes a proxy that refuses for no passing failure", async () => {
  for (const status of [403, 407, 502]) {
    await using proxy = await RawServer.start(async ({ socket, head }) => {
      await head();
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    });
    const text = await printFailures(
      `http://user:password-not-to-be-shown@${proxy.host}`,
    );
    assert(!text.includes("not-to-be-shown"));
    const failures: Failed[] = JSON.parse(text);
    assertEquals(failures.length, 5);
    for (const { code, message } of failures) {
      assertEquals(code, "OTHER");
      assertStringIncludes(message, "the proxy refuses");
    }
  }
});

Deno.test("S3ObjectStore says that a proxy of the environment cannot be used, and does not show it", async () => {
  for (
    const proxy of [
      "socks5://user:not-to-be-shown@127.0.0.1:9",
      "https://user:not-to-be-shown@127.0.0.1:9",
      "http://user:not-to-be-shown%ZZ@127.0.0.1:9",
      "http://user:not-to-be-shown@a name:9",
    ]
  ) {
    const text = await printFailures(proxy);
    assert(!text.includes("not-to-be-shown"));
    const failures: Failed[] = JSON.parse(text);
    assertEquals(failures.length, 5);
    for (const { code, message } of failures) {
      assertEquals(code, "OTHER", message);
      assertStringIncludes(message, "cannot be used");
      assertStringIncludes(message, "HTTPS_PROXY");
    }
  }
});

Deno.test("S3ObjectStore takes a proxy without 'http://', as curl does", async () => {
  await using proxy = await RawServer.start(async ({ socket, head }) => {
    await head();
    socket.end("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n");
  });
  const failures: Failed[] = JSON.parse(await printFailures(proxy.host));
  assertEquals(failures.length, 5);
  for (const { code, message } of failures) {
    assertEquals(code, "OTHER");
    assertStringIncludes(message, "the proxy refuses");
  }
});
