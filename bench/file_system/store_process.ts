import { fileURLToPath } from "node:url";

/** What a process has taken from the system, in bytes and files. */
export interface Footprint {
  /** Resident memory now. */
  readonly rss: number;
  /** The most resident memory so far. */
  readonly peakRss: number;
  /** Open files. */
  readonly files: number;
}

const CHILD = fileURLToPath(new URL("store_child.ts", import.meta.url));

/**
 * A process of its own that runs a store, so that its memory is measured from
 * outside and nobody else's is in it. It does what a line says and answers
 * with a line.
 */
export class StoreProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  /** @param root Where the store keeps its objects. */
  constructor(root: string) {
    const inherited = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...inherited, CHILD, root],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = splitLines(this.#child.stdout);
  }

  /**
   * Has it do something, and waits for the answer.
   *
   * @param command What `store_child.ts` understands.
   * @returns How long that took, in milliseconds by its own clock.
   */
  async run(...command: string[]): Promise<number> {
    const line = `${JSON.stringify(command)}\n`;
    await this.#input.write(new TextEncoder().encode(line));
    const { done, value } = await this.#lines.next();
    if (done) {
      throw new Error(
        `Cannot run '${command[0]}' as the store's process has ended`,
      );
    }
    return Number(value);
  }

  /** Looks at it from outside; `undefined` where there is no `/proc`. */
  measure(): Footprint | undefined {
    const directory = `/proc/${this.#child.pid}`;
    try {
      const status = Deno.readTextFileSync(`${directory}/status`);
      return {
        rss: readKibibytes(status, "VmRSS"),
        peakRss: readKibibytes(status, "VmHWM"),
        files: [...Deno.readDirSync(`${directory}/fd`)].length,
      };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.return?.();
    await this.#child.status;
  }
}

async function* splitLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function readKibibytes(status: string, name: string): number {
  return Number(status.match(`${name}:\\s+(\\d+) kB`)?.[1]) * 1024;
}
