import { assertEquals } from "@std/assert";
import { abortable } from "@std/async/abortable";
import { once } from "node:events";
import https from "node:https";
import { openRequest } from "../../src/platform/open_request.ts";
import { RawServer } from "../s3_protocol/raw_server.ts";

/** Milliseconds within which the process has to end; it starts, and waits eight times for 200 ms. */
const DEADLINE = 60_000;
const MAIN = new URL("./silent_proxy_main.ts", import.meta.url);

/** The ways in which a proxy can leave a client waiting, by what it says to CONNECT. */
const ANSWERS = {
  "never answers CONNECT": "",
  "connects to a silent service": "HTTP/1.1 200 OK\r\n\r\n",
};

/** A proxy that says something once and then nothing; `closed` resolves when the client has let go of its first connection. */
async function startProxy(answer: string) {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const server = await RawServer.start(async ({ socket, head }) => {
    socket.once("close", () => closed.resolve());
    await head();
    socket.write(answer, () => asked.resolve());
    await once(socket, "close");
  });
  return { server, asked: asked.promise, closed: closed.promise };
}

for (const [name, answer] of Object.entries(ANSWERS)) {
  Deno.test(`openRequest() closes its tunnel with the request through a proxy that ${name}`, async () => {
    const { server, asked, closed } = await startProxy(answer);
    await using _ = server;
    const proxyEnv = { HTTPS_PROXY: `http://${server.host}` };
    const agent = new https.Agent({ keepAlive: false, ...{ proxyEnv } });
    const request = openRequest(() =>
      https.request("https://name.invalid/", { agent })
    );
    request.on("error", () => {});
    request.end();
    await asked;
    request.destroy();
    await abortable(closed, AbortSignal.timeout(DEADLINE));
    agent.destroy();
  });

  Deno.test(`a process ends after its operations have, through a proxy that ${name}`, async () => {
    const { server } = await startProxy(answer);
    await using _ = server;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--no-prompt"],
        ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]"),
        MAIN.pathname,
      ],
      env: { HTTPS_PROXY: `http://${server.host}`, NO_PROXY: "", no_proxy: "" },
      stdin: "null",
      stderr: "inherit",
      stdout: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
    const { stdout, signal } = await child.output();
    clearTimeout(timer);
    assertEquals(
      new TextDecoder().decode(stdout).trim(),
      Array(7).fill("TRANSIENT").join(" "),
    );
    assertEquals(signal, null, "it was still running");
  });
}
