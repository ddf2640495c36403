import { fromFileUrl } from "@std/path";

const BENCH = fromFileUrl(new URL("../../bench/mod.ts", import.meta.url));

/** Runs the benchmark's command as a process of its own. */
export async function runBench(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const inherited = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...inherited, BENCH, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
