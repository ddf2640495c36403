import { join } from "@std/path";
import type { Tools } from "./tools.ts";

/** What is measured beside ours; `lib-storage` belongs to the SDK. */
const PACKAGES = {
  "@aws-sdk/client-s3": "3.1169.0",
  "@aws-sdk/lib-storage": "3.1169.0",
  "bun": "1.4.5",
  "minio": "8.0.7",
};
const PYTHON_PACKAGES = ["boto3==1.44.8", "obstore==0.12.1"];

/**
 * Installs the clients that others are measured with, in versions that are
 * pinned here: npm packages with `npm`, and Python packages in an environment
 * of their own. curl and rclone are the system's.
 *
 * @param tools Where to, and what is here already.
 * @throws {Error} If a step fails.
 */
export async function installPeers({ peers, python }: Tools): Promise<void> {
  await Deno.mkdir(peers, { recursive: true });
  await Deno.writeTextFile(
    join(peers, "package.json"),
    JSON.stringify({ private: true, dependencies: PACKAGES }, null, 2),
  );
  const npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run(npm, peers);
  if (!python) {
    console.error("boto3, obstore: not installed as there is no Python");
    return;
  }
  await run([python, "-m", "venv", join(peers, "python")], peers);
  const pip = [join(peers, "python/bin/python3"), "-m", "pip", "install"];
  await run([...pip, "--quiet", ...PYTHON_PACKAGES], peers);
}

async function run(
  [program = "", ...args]: string[],
  cwd: string,
): Promise<void> {
  console.error(`${program} ${args.join(" ")}`);
  const { success } = await new Deno.Command(program, {
    args,
    cwd,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new Error(`Cannot install with ${program}`);
}
