import { join } from "node:path";
import type { JudgeOptions } from "./matrix.ts";
import { mountExfat } from "../../file_system/exfat.ts";

/** Where a worker of the matrix works. */
export interface WorkerPlace {
  /** Its working directory: some mutants write into it. */
  readonly cwd: string;
  /** Its directory for temporary files. */
  readonly temporary: string;
  /** What the harnesses get. */
  readonly devices: NonNullable<JudgeOptions["devices"]>;
}

/** The places of all workers. */
export interface Places extends AsyncDisposable {
  /** One for each worker. */
  readonly places: readonly WorkerPlace[];
  /** Which devices there are not, and why; a line each. */
  readonly missing: readonly string[];
}

/**
 * Makes a place for each worker. Where file systems can be mounted, that is on
 * Linux by root, temporary files are in memory, and a small device and one
 * without hard links are there.
 *
 * @param count How many workers there are.
 */
export async function makePlaces(count: number): Promise<Places> {
  const root = await Deno.makeTempDir({ prefix: "storekit_matrix_" });
  const undo: (() => Promise<unknown>)[] = [
    () => Deno.remove(root, { recursive: true }),
  ];
  const missing: string[] = [];

  async function mountMemory(path: string, size: string): Promise<boolean> {
    await Deno.mkdir(path);
    const args = ["-t", "tmpfs", "-o", `size=${size},mode=1777`, "tmpfs", path];
    const isMounted = await run("mount", ...args);
    if (isMounted) undo.push(() => run("umount", "--lazy", path));
    return isMounted;
  }

  const fast = join(root, "fast");
  const isFast = await mountMemory(fast, "2g");
  // Temporary files are in memory then, so that the disk is the other device.
  const other = isFast ? join(root, "other") : await makeOtherDirectory(root);
  if (other === undefined) missing.push("otherDevice: there is only one");
  else undo.push(() => Deno.remove(other, { recursive: true }));
  const exfat = await mountExfat();
  if (typeof exfat === "string") missing.push(`noLinkDevice: ${exfat}`);
  else undo.push(async () => await exfat[Symbol.asyncDispose]());

  const places: WorkerPlace[] = [];
  for (let n = 0; n < count; n++) {
    const small = join(root, `small-${n}`);
    const isSmall = await mountMemory(small, "8m");
    if (!isSmall && n === 0) {
      missing.push("smallDevice: a tmpfs cannot be mounted here");
    }
    const place = {
      cwd: await makeDirectory(fast, `cwd-${n}`),
      temporary: await makeDirectory(fast, `tmp-${n}`),
      devices: {
        ...(other ? { otherDevice: await makeDirectory(other, `${n}`) } : {}),
        ...(isSmall ? { smallDevice: small } : {}),
        ...(typeof exfat === "string"
          ? {}
          : { noLinkDevice: await makeDirectory(exfat.path, `${n}`) }),
      },
    };
    places.push(place);
  }
  return {
    places,
    missing,
    async [Symbol.asyncDispose]() {
      for (const step of undo.splice(0).reverse()) {
        // One that fails must not keep the others from being undone.
        await step().catch((error) =>
          console.error(`Cannot clean up: ${error}`)
        );
      }
    },
  };
}

async function makeOtherDirectory(root: string): Promise<string | undefined> {
  const { dev } = await Deno.stat(root);
  const stats = await Deno.stat("/dev/shm").catch(() => undefined);
  if (!stats || stats.dev === dev) return undefined;
  return await Deno.makeTempDir({
    dir: "/dev/shm",
    prefix: "storekit_matrix_",
  });
}

async function makeDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await Deno.mkdir(path, { recursive: true });
  return path;
}

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(command, {
      args,
      stdout: "null",
      stderr: "null",
    });
    return (await child.output()).success;
  } catch {
    // There is no such command.
    return false;
  }
}
