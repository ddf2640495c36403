import { fromFileUrl } from "@std/path";

/** A proxy that runs; disposing of it ends it. */
export interface ThrottleProxy extends AsyncDisposable {
  /** Its base URL. */
  readonly url: string;
}

/** How slow it is. */
export interface ThrottleOptions {
  /** Bytes a second of each connection, each way. @default {Infinity} */
  readonly rate?: number;
  /** Milliseconds there and back. @default {0} */
  readonly roundTrip?: number;
}

const MAIN = fromFileUrl(new URL("main.ts", import.meta.url));

/**
 * Starts a proxy in front of a server on this machine.
 *
 * @param url The server's base URL. What TLS hides is passed on as it is.
 * @param options How slow it is.
 */
export async function startProxy(
  url: string,
  { rate = Infinity, roundTrip = 0 }: ThrottleOptions = {},
): Promise<ThrottleProxy> {
  const { hostname, port, protocol } = new URL(url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", MAIN, port, `${rate}`, `${roundTrip}`],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return {
    url: `${protocol}//${hostname}:${Number(value)}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}
