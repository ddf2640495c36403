/** A JavaScript runtime other than this one, as npm has it. */
export interface Runtime {
  /** Its name, with the version that is asked for. */
  readonly name: string;
  /** Its program; `undefined` if it cannot be had. */
  readonly program: string | undefined;
  /** Why it cannot be had. */
  readonly reason: string | undefined;
}

/** npm's package, and the version: of Node the oldest that is promised to work. */
const PACKAGES = { node: "node@22.3.0", bun: "bun@1" } as const;
const TIMEOUT_MS = 240_000;

/** Gets Node and Bun from npm, once. */
export async function findRuntimes(): Promise<Runtime[]> {
  return await Promise.all(
    Object.entries(PACKAGES).map(([program, name]) => find(program, name)),
  );
}

async function find(runtime: string, name: string): Promise<Runtime> {
  const args = ["-y", "-p", name, runtime, "-p", "process.execPath"];
  try {
    const { code, stdout, stderr } = await new Deno.Command("npx", {
      args,
      stdin: "null",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).output();
    const decoder = new TextDecoder();
    const path = decoder.decode(stdout).trim();
    if (code === 0 && path !== "") {
      return { name, program: path, reason: undefined };
    }
    const [line = ""] = decoder.decode(stderr).trim().split("\n");
    return { name, program: undefined, reason: `npx: ${line}` };
  } catch (error) {
    return {
      name,
      program: undefined,
      reason: (error as Error).message,
    };
  }
}
