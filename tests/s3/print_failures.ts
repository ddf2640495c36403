/** What `failures_main.ts` prints in a process that is to go through a proxy. */
export async function printFailures(
  proxy: string,
  [endpoint, ...rest]: readonly string[] = ["https://name.invalid"],
): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-prompt"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]"),
      new URL("./failures_main.ts", import.meta.url).pathname,
      ...[endpoint!, ...rest],
    ],
    env: { HTTPS_PROXY: proxy, NO_PROXY: "", no_proxy: "" },
  }).output();
  return new TextDecoder().decode(stdout);
}
