import { makeTemporaryDirectory } from "./temporary_directory.ts";

/** An exFAT file system: no hard links, no case, no modes. */
export interface ExfatDirectory extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
}

/**
 * Mounts a fresh exFAT file system, for which this has to be root and
 * `exfatprogs` and `exfat-fuse` installed.
 *
 * @returns The directory, or why there is none.
 */
export async function mountExfat(): Promise<ExfatDirectory | string> {
  const directory = await makeTemporaryDirectory();
  const image = directory.join("image");
  const mountPoint = directory.join("mounted");
  const undo: (() => Promise<unknown>)[] = [
    async () => await directory[Symbol.asyncDispose](),
  ];
  const dispose = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    await Deno.mkdir(mountPoint);
    await Deno.writeFile(image, new Uint8Array());
    await Deno.truncate(image, 32 * 2 ** 20);
    await run("mkfs.exfat", image);
    // The mount helper wants a device.
    const device = await run("losetup", "-f", "--show", image);
    undo.push(() => run("losetup", "-d", device));
    await run("mount.exfat-fuse", device, mountPoint);
    undo.push(() => run("umount", mountPoint));
    return { path: mountPoint, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    return `exFAT cannot be mounted here: ${error}`;
  }
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout).trim();
}
