/** Takes connections and passes their bytes on. */
export interface Forwarder extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** The first line of each connection. */
  readonly lines: readonly string[];
}

/** Passes every connection to `[::1]` on to a server. */
export function forwardFromIpv6(target: string): Forwarder {
  const { hostname, port } = new URL(target);
  return forward("::1", async (client) => {
    const server = await Deno.connect({ hostname, port: Number(port) });
    await pipeBoth(client, server);
    return "";
  });
}

/** An HTTP proxy on `127.0.0.1`: it tunnels on CONNECT, and passes on requests for a whole URL. */
export function startProxy(): Forwarder {
  return forward("127.0.0.1", async (client, lines) => {
    const head = await readHead(client);
    const text = new TextDecoder().decode(head);
    const [line = ""] = text.split("\r\n");
    lines.push(line);
    const [method, goal = ""] = line.split(" ");
    const isTunnel = method === "CONNECT";
    const url = new URL(isTunnel ? `https://${goal}` : goal);
    const server = await Deno.connect({
      hostname: url.hostname,
      port: Number(url.port),
    });
    if (isTunnel) {
      await client.write(
        new TextEncoder().encode("HTTP/1.1 200 Connected\r\n\r\n"),
      );
    } else {
      await write(server, head);
    }
    await pipeBoth(client, server);
  });
}

function forward(
  hostname: string,
  serve: (client: Deno.TcpConn, lines: string[]) => Promise<unknown>,
): Forwarder {
  const listener = Deno.listen({ hostname, port: 0 });
  const clients = new Set<Deno.TcpConn>();
  const serving = new Set<Promise<unknown>>();
  const lines: string[] = [];
  const listening = (async () => {
    for await (const client of listener) {
      clients.add(client);
      const served = serve(client, lines).catch(() => {}).finally(() => {
        close(client);
        clients.delete(client);
      });
      serving.add(served);
    }
  })();
  return {
    port: listener.addr.port,
    lines,
    async [Symbol.asyncDispose]() {
      listener.close();
      await listening;
      for (const client of clients) close(client);
      await Promise.all(serving);
    },
  };
}

async function readHead(client: Deno.TcpConn): Promise<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  let length = 0;
  for (;;) {
    const count = await client.read(buffer.subarray(length));
    if (count === null) throw new Error("The connection has ended");
    length += count;
    const head = buffer.subarray(0, length);
    if (new TextDecoder().decode(head).includes("\r\n\r\n")) return head;
  }
}

async function pipeBoth(
  client: Deno.TcpConn,
  server: Deno.TcpConn,
): Promise<void> {
  try {
    // The end of either is the end of both.
    await Promise.race([pipe(client, server), pipe(server, client)]);
  } finally {
    close(client);
    close(server);
  }
}

async function pipe(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      await write(to, buffer.subarray(0, count));
    }
  } catch {
    // One side has been closed.
  }
}

async function write(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
