import type { S3ObjectStoreOptions } from "../../src/s3/mod.ts";

const SCRIPT = new URL("./store_main.ts", import.meta.url).pathname;

/** What a process of its own is run with. */
export interface RunOptions {
  /** The store's options. */
  readonly options: S3ObjectStoreOptions;
  /** Further environment variables; none of AWS is inherited. */
  readonly env?: Record<string, string>;
  /** Arguments that grant permissions. */
  readonly permissions: readonly string[];
  /** The file that is uploaded. */
  readonly source: string;
  /** Where it is downloaded to. */
  readonly copy: string;
}

/** Runs a store in a process of its own; resolves to what it printed. */
export async function runStore(
  { options, env = {}, permissions, source, copy }: RunOptions,
): Promise<string> {
  const further = JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]");
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("AWS_"));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", ...permissions, ...further],
      ...[SCRIPT, JSON.stringify(options), source, copy],
    ],
    clearEnv: true,
    env: {
      ...Object.fromEntries(inherited),
      // Nobody's own.
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      ...env,
    },
  }).output();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).trim();
}
