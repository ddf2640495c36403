import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { env } from "node:process";
import type { Harness } from "../../conformance/mod.ts";
import { mountExfat } from "../file_system/exfat.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

const SMALL = "OBJECT_STORE_SMALL_DEVICE";
const NO_LINK = "OBJECT_STORE_NO_LINK_DEVICE";
/** Where Linux keeps a file system in memory. */
const OTHER_DEVICE = "/dev/shm";

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
    ...hasOtherDevice() ? { otherDevice: OTHER_DEVICE } : {},
    ...env[SMALL] ? { smallDevice: env[SMALL] } : {},
    ...env[NO_LINK] ? { noLinkDevice: env[NO_LINK] } : {},
  };
}

/** Mounts a small file system and one without hard links, where this may. */
export async function mountDevices(): Promise<MountedDevices> {
  const small = await mountSmall();
  const noLink = await mountExfat();
  const names: (keyof Devices)[] = [];
  const found: Record<string, string> = {};
  if (hasOtherDevice()) names.push("otherDevice");
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
    },
  };
}

function hasOtherDevice(): boolean {
  return existsSync(OTHER_DEVICE) &&
    statSync(OTHER_DEVICE).dev !== statSync(tmpdir()).dev;
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
