import { existsSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { env } from "node:process";
import type { Harness } from "../../conformance/mod.ts";
import { mountExfat } from "../file_system/exfat.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

const SMALL = "OBJECT_STORE_SMALL_DEVICE";
const NO_LINK = "OBJECT_STORE_NO_LINK_DEVICE";
const OTHER = "OBJECT_STORE_OTHER_DEVICE";
/** Where Linux keeps a file system in memory. */
const MEMORY = "/dev/shm";
/** More than a suite has in temporary files at any time, which is some 600 MB. */
const NEEDED = 2 ** 31;

/** The file systems that a harness can be given. */
export type Devices = Pick<
  Harness,
  "otherDevice" | "smallDevice" | "noLinkDevice"
>;

/** File systems that were mounted for suites, until they are disposed of. */
export interface MountedDevices extends AsyncDisposable {
  /** The environment variables that tell a harness about them. */
  readonly env: Readonly<Record<string, string>>;
  /** Which there are. */
  readonly names: readonly (keyof Devices)[];
}

/** In a harness: the file systems that there are. */
export function readDevices(): Devices {
  return {
    ...env[OTHER]
      ? { otherDevice: env[OTHER] }
      : hasMemory()
      ? { otherDevice: MEMORY }
      : {},
    ...env[SMALL] ? { smallDevice: env[SMALL] } : {},
    ...env[NO_LINK] ? { noLinkDevice: env[NO_LINK] } : {},
  };
}

/**
 * Mounts a small file system and one without hard links, where this may.
 *
 * @param options `inMemory`: whether temporary files are in memory, where there is room, and the disk is the other device. For a store whose objects are elsewhere: a third of what its suite takes is the disk's. @default {false}
 */
export async function mountDevices(
  { inMemory = false } = {},
): Promise<MountedDevices> {
  const fast = inMemory && hasRoom() ? await makeFast() : undefined;
  const small = await mountSmall();
  const noLink = await mountExfat();
  const names: (keyof Devices)[] = [];
  const found: Record<string, string> = { ...fast?.env };
  if (fast !== undefined || hasMemory()) names.push("otherDevice");
  if (small.path) {
    names.push("smallDevice");
    found[SMALL] = small.path;
  }
  if (typeof noLink !== "string") {
    names.push("noLinkDevice");
    found[NO_LINK] = noLink.path;
  }
  return {
    env: found,
    names,
    async [Symbol.asyncDispose]() {
      if (typeof noLink !== "string") await noLink[Symbol.asyncDispose]();
      await small[Symbol.asyncDispose]();
      await fast?.[Symbol.asyncDispose]();
    },
  };
}

/** Whether there is a file system in memory that is another than that of temporary files. */
function hasMemory(): boolean {
  return existsSync(MEMORY) &&
    statSync(MEMORY).dev !== statSync(tmpdir()).dev;
}

function hasRoom(): boolean {
  if (!hasMemory()) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  const { available } = Deno.systemMemoryInfo();
  // Others need memory as well, such as a suite beside this one.
  return bavail * bsize > NEEDED && available > 3 * NEEDED;
}

/** A directory for temporary files in memory, and one on the disk beside it. */
async function makeFast(): Promise<
  AsyncDisposable & Pick<MountedDevices, "env">
> {
  const memory = await Deno.makeTempDir({ dir: MEMORY, prefix: "storekit_" });
  const disk = await makeTemporaryDirectory();
  return {
    env: { TMPDIR: memory, [OTHER]: disk.path },
    async [Symbol.asyncDispose]() {
      await Deno.remove(memory, { recursive: true });
      await disk[Symbol.asyncDispose]();
    },
  };
}

/** A file system of 8 MiB that may be filled up; without a path where this may not mount one. */
async function mountSmall(): Promise<AsyncDisposable & { path?: string }> {
  const directory = await makeTemporaryDirectory();
  const path = directory.join("small");
  await Deno.mkdir(path);
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return {
    ...success ? { path } : {},
    async [Symbol.asyncDispose]() {
      if (success) await new Deno.Command("umount", { args: [path] }).output();
      await directory[Symbol.asyncDispose]();
    },
  };
}
