import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { RespClient } from "../proof/reference/resp_client.ts";

/** A Redis of its own on a free port of 127.0.0.1, which keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
}

/** Starts `redis-server`; `undefined` where there is none. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const port = await findPort();
  const args = [
    ...["--port", `${port}`, "--bind", "127.0.0.1"],
    ...["--save", "", "--appendonly", "no"],
  ];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const isMissing = new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(true));
    child.once("spawn", () => resolve(false));
  });
  if (await isMissing) return undefined;
  const url = `tcp://127.0.0.1:${port}`;
  await waitUntilReady(url);
  return { url, [Symbol.asyncDispose]: () => stop(child) };
}

async function waitUntilReady(url: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const client = new RespClient(url, 1_000);
    try {
      await client.send(["PING"]);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      client.close();
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
