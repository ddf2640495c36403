import { assert, assertEquals, assertRejects } from "@std/assert";
import { request } from "node:https";
import { FaultProxy } from "../../../conformance/mod.ts";
import { makeCertificates } from "./certificates.ts";
import { ask as askPlainly } from "./client.ts";
import { Service, TEN } from "./service.ts";

const tls = await makeCertificates();
const ignore = tls === undefined;
const why = ignore ? " [no openssl on this machine]" : "";
const certificates = () => tls!;

Deno.test({
  name: `FaultProxy speaks TLS on both sides${why}`,
  ignore,
  async fn() {
    const { cert, key, ca } = certificates();
    const hosts: string[] = [];
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} },
      async (received) => {
        hosts.push(received.headers.get("host") ?? "");
        return new Response(await received.bytes());
      },
    );
    await using proxy = await FaultProxy.open(
      `https://127.0.0.1:${server.addr.port}`,
      { tls: certificates() },
    );
    assertEquals(new URL(proxy.url).protocol, "https:");
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const meter = proxy.meter();
    const bytes = new Uint8Array(9 * 2 ** 20).map((_, i) => i % 251);
    for (const body of [bytes, bytes.subarray(0, 3)]) {
      const options = { method: "POST", body, client };
      const response = await fetch(proxy.url, options);
      assertEquals(await response.bytes(), body);
    }
    assertEquals(hosts, [1, 2].map(() => new URL(proxy.url).host));
    assertEquals([meter.exchanges.length, meter.connections], [2, 1]);
    assertEquals(meter.responseBytes, bytes.length + 3);
  },
});

Deno.test({
  name: `FaultProxy resets and cuts connections with TLS${why}`,
  ignore,
  async fn() {
    await using service = await Service.start();
    const options = { tls: certificates() };
    await using proxy = await FaultProxy.open(service.url, options);
    assertEquals((await ask(proxy.url)).body, TEN);
    for (
      const [action, body] of [
        [{ kind: "reset", at: "before-head" }, ""],
        [{ kind: "reset", at: { bodyBytes: 4 } }, "0123"],
        [{ kind: "cut", afterBytes: 4 }, "0123"],
        [{ kind: "lose-answer" }, ""],
      ] as const
    ) {
      await using faults = proxy.inject({ action });
      const seen = await ask(proxy.url);
      assertEquals([seen.body, seen.code], [body, "ECONNRESET"], action.kind);
      assertEquals(faults.fired, [1]);
    }
    const refusal = await proxy.refuse();
    assertEquals((await ask(proxy.url)).code, "ECONNREFUSED");
    await refusal[Symbol.asyncDispose]();
    assertEquals((await ask(proxy.url)).body, TEN);
  },
});

Deno.test({
  name:
    `FaultProxy resets a connection with TLS for real, and cuts one in good order${why}`,
  ignore,
  async fn() {
    await using service = await Service.start();
    const options = { tls: certificates() };
    await using proxy = await FaultProxy.open(service.url, options);
    const read = async () => {
      using conn = await Deno.connectTls({
        hostname: "127.0.0.1",
        port: Number(new URL(proxy.url).port),
        caCerts: [certificates().ca],
      });
      const request = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
      await conn.write(new TextEncoder().encode(request));
      let text = "";
      const buffer = new Uint8Array(1_000);
      for (;;) {
        const count = await conn.read(buffer);
        if (count === null) return text;
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
    };
    const cut = proxy.inject({ action: { kind: "cut", afterBytes: 4 } });
    assertEquals((await read()).split("\r\n\r\n")[1], "0123");
    await cut.stop();
    proxy.inject({ action: { kind: "reset", at: { bodyBytes: 4 } } });
    await assertRejects(() => read(), Deno.errors.ConnectionReset);
  },
});

Deno.test({
  name:
    `FaultProxy shows a certificate that a client without the authority refuses${why}`,
  ignore,
  async fn() {
    await using service = await Service.start();
    const options = { tls: certificates() };
    await using proxy = await FaultProxy.open(service.url, options);
    const error = await assertRejects(() => fetch(proxy.url), TypeError);
    assert(/certificate|issuer/i.test(`${error.message} ${error.cause}`));
  },
});

Deno.test({
  name: `FaultProxy speaks plainly in front of a service with TLS${why}`,
  ignore,
  async fn() {
    const { cert, key, ca } = certificates();
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} },
      () => new Response("secured"),
    );
    await using proxy = await FaultProxy.open(
      `https://127.0.0.1:${server.addr.port}`,
      { tls: { ca } },
    );
    assertEquals(new URL(proxy.url).protocol, "http:");
    assertEquals((await askPlainly(proxy.url)).body, "secured");
  },
});

Deno.test({
  name:
    `FaultProxy open() does not trust a service without its authority${why}`,
  ignore,
  async fn() {
    const { cert, key } = certificates();
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} },
      () => new Response(),
    );
    await assertRejects(
      () => FaultProxy.open(`https://127.0.0.1:${server.addr.port}`),
      Error,
      "cannot be reached",
    );
  },
});

function ask(url: string): Promise<{ body: string; code?: string }> {
  return new Promise((resolve) => {
    const seen: { body: string; code?: string } = { body: "" };
    const onError = (error: { code?: string }) => {
      seen.code = error.code ?? `${error}`;
      resolve(seen);
    };
    const { ca } = certificates();
    request(url, { ca, agent: false }, (response) => {
      response.on("data", (chunk) => seen.body += `${chunk}`);
      response.on("error", onError);
      response.on("close", () => resolve(seen));
    }).on("error", onError).end();
  });
}
