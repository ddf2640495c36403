import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { buildDenoArguments } from "../../../conformance/runner/process/child_command.ts";
import { FaultProxy } from "../../../conformance/mod.ts";

const MIB = 2 ** 20;
/** What the system itself holds of a connection, twice, and a little. */
const HELD = 48 * MIB;
const SIZE = 96 * MIB;

Deno.test("FaultProxy does not read an answer faster than the client takes it", async () => {
  let sent = 0;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(manyBytes((count) => sent += count)),
  );
  await using proxy = await FaultProxy.open(urlOf(server));
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(proxy.url, { client });
  await untilStill(() => sent);
  assert(sent < HELD, `${sent} bytes were sent to a client that reads none`);
  let read = 0;
  for await (const chunk of response.body!) read += chunk.length;
  assertEquals([read, sent], [SIZE, SIZE]);
});

Deno.test("FaultProxy does not read a request faster than the service takes it", async () => {
  let sent = 0;
  let received = 0;
  const isFull = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      await isFull.promise;
      for await (const chunk of request.body!) received += chunk.length;
      return new Response();
    },
  );
  await using proxy = await FaultProxy.open(urlOf(server));
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const pending = fetch(proxy.url, {
    method: "PUT",
    body: manyBytes((count) => sent += count),
    client,
  });
  await untilStill(() => sent);
  assert(sent < HELD, `${sent} bytes were sent to a service that reads none`);
  isFull.resolve();
  await (await pending).body?.cancel();
  assertEquals([received, sent], [SIZE, SIZE]);
});

Deno.test("FaultProxy adds no 9 MiB of memory for a body of 9 MiB", async () => {
  let taken = Promise.withResolvers<void>();
  let sent = 0;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      if (request.method === "GET") {
        return new Response(manyBytes((count) => sent += count));
      }
      await taken.promise;
      let received = 0;
      for await (const chunk of request.body!) received += chunk.length;
      return new Response(`${received}`);
    },
  );
  await using proxy = await ProxyProcess.start(urlOf(server));
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const upload = () =>
    fetch(proxy.url, {
      method: "PUT",
      body: manyBytes((count) => sent += count),
      client,
    });
  const download = () => fetch(proxy.url, { client });

  // What is compiled with the first ones is not theirs.
  taken.resolve();
  assertEquals(await (await upload()).text(), `${SIZE}`);
  assertEquals((await (await download()).bytes()).length, SIZE);
  const before = await proxy.measure();

  sent = 0;
  const answer = await download();
  await untilStill(() => sent);
  const whileDownloading = await proxy.measure() - before;
  assertEquals((await answer.bytes()).length, SIZE);

  sent = 0;
  taken = Promise.withResolvers();
  const pending = upload();
  await untilStill(() => sent);
  const whileUploading = await proxy.measure() - before;
  taken.resolve();
  assertEquals(await (await pending).text(), `${SIZE}`);
  const afterwards = await proxy.measure() - before;

  const added = [whileDownloading, whileUploading, afterwards];
  assert(Math.max(...added) < 2 * MIB, `bytes were added: ${added}`);
});

/** A proxy in a process of its own. */
class ProxyProcess implements AsyncDisposable {
  url = "";
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(upstream: string) {
    const module = fromFileUrl(import.meta.resolve("./memory_child.ts"));
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--quiet", "--v8-flags=--expose-gc"],
        ...[...buildDenoArguments(), module, upstream],
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const text = this.#child.stdout.pipeThrough(new TextDecoderStream());
    this.#lines = text.getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  static async start(upstream: string): Promise<ProxyProcess> {
    const started = new ProxyProcess(upstream);
    started.url = await started.#next();
    return started;
  }

  /** Bytes in use, garbage not counted. */
  async measure(): Promise<number> {
    await this.#input.write(new Uint8Array([10]));
    return Number(await this.#next());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.cancel();
    await this.#child.status;
  }

  async #next(): Promise<string> {
    return `${(await this.#lines.read()).value}`.trim();
  }
}

function urlOf({ addr }: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${addr.port}`;
}

function manyBytes(
  onPull: (count: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(64 * 2 ** 10);
  let left = SIZE;
  return new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      left -= chunk.length;
      onPull(chunk.length);
      controller.enqueue(chunk);
    },
  });
}

/** Waits until a number has not grown for a hundred turns of the event loop. */
async function untilStill(read: () => number): Promise<void> {
  for (let still = 0, last = -1; still < 100;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    still = read() === last && last > 0 ? still + 1 : 0;
    last = read();
  }
}
