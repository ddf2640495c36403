import { dirname, fromFileUrl, join } from "@std/path";

const REPOSITORY = new URL("../../", import.meta.url);
const PATH = fromFileUrl(new URL(".tools/bench.lock", REPOSITORY));

let args: Promise<readonly string[]> | undefined;

/**
 * The arguments with which Deno runs our programs: what this process itself
 * was given, and a lock file, as users have one. Without one Deno looks through
 * the npm packages at every start, also those that are never loaded: 20 ms.
 */
export function getDenoArgs(): Promise<readonly string[]> {
  return args ??= writeLock();
}

async function writeLock(): Promise<readonly string[]> {
  const inherited: string[] = JSON.parse(
    Deno.env.get("STOREKIT_DENO_ARGS") || "[]",
  );
  const text = await Deno.readTextFile(new URL("deno.json", REPOSITORY));
  const entries: string[] = Object.values(JSON.parse(text).exports);
  await Deno.mkdir(dirname(PATH), { recursive: true });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["cache", "--quiet", `--lock=${PATH}`, "--frozen=false"],
      ...inherited,
      ...entries.map((entry) => join(fromFileUrl(REPOSITORY), entry)),
    ],
    cwd: REPOSITORY,
    stdin: "null",
  }).output();
  if (!success) {
    const reason = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot make a lock file: ${reason}`);
  }
  return [...inherited, `--lock=${PATH}`];
}
