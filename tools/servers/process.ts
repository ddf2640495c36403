/** Starts a server, ends it when standard input ends, and prints the server's process id. */
const SCRIPT = `
exec 3<&0
"$@" >>"$STOREKIT_LOG" 2>&1 </dev/null 3<&- &
server=$!
echo "$server"
{ read -r _ <&3; kill -KILL "$server"; } >/dev/null 2>&1 &
exec >/dev/null
wait "$server"
`;
const READY_MS = 60_000;
const POLL_MS = 30;

/** How a server is started. */
export interface ServerCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that its output is appended to. */
  readonly log: string;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
}

/** A server that runs; it does not outlive this process. */
export interface ServerProcess {
  /** The server's own process id. */
  readonly pid: number;
  /** Kills the server (SIGKILL) and waits for its end. Idempotent. */
  kill(): Promise<void>;
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws {Error} If it ends or does not answer within a minute, with the end of its output.
 */
export async function startProcess(
  { command, env = {}, log, isReady }: ServerCommand,
): Promise<ServerProcess> {
  const child = new Deno.Command("sh", {
    args: ["-c", SCRIPT, "sh", ...command],
    env: { ...env, STOREKIT_LOG: log },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const ended = child.status.then(() => void (hasEnded = true));
  const pid = Number(await new Response(child.stdout).text());
  const kill = async () => {
    try {
      if (!hasEnded) Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
    await child.stdin.close().catch(() => {});
    await ended;
  };
  const end = performance.now() + READY_MS;
  while (!await isReady().catch(() => false)) {
    if (hasEnded || performance.now() > end) {
      await kill();
      throw new Error(
        `Cannot start ${command[0]} as it ${
          hasEnded ? "has ended" : "does not answer"
        }: ${await readEnd(log)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { pid, kill };
}

/** A port of 127.0.0.1 that nobody listens on. */
export function findFreePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function readEnd(log: string): Promise<string> {
  const text = await Deno.readTextFile(log).catch(() => "");
  return text.slice(-2000);
}
