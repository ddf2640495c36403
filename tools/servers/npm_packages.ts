import { fromFileUrl, join } from "@std/path";

const DIRECTORY = fromFileUrl(new URL("../../.tools/npm/", import.meta.url));
/** What is installed into `.tools/npm/`, pinned: later versions of the binding need glibc 2.38. */
export const PACKAGES = ["opendal@0.49.2", "azurite@3.37.0"];

/**
 * Installs OpenDAL's binding and the emulator of Azure Blob into `.tools/npm/`, by npm: it does not
 * mind where the native parts of other systems cannot be had, as Deno does.
 */
export async function installPackages(): Promise<void> {
  await Deno.mkdir(DIRECTORY, { recursive: true });
  const { code, stderr } = await new Deno.Command("npm", {
    args: [
      ...["install", "--prefix", DIRECTORY, "--no-save", "--no-audit"],
      ...["--no-fund", "--loglevel=error", ...PACKAGES],
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  if (code === 0) return;
  throw new Error(
    `'npm install ${PACKAGES.join(" ")}' ended with code ${code}: ${
      new TextDecoder().decode(stderr).slice(-1000)
    }`,
  );
}

/**
 * Finds a package that {@linkcode installPackages} has installed.
 *
 * @param name The package's name.
 * @returns Its directory, or `undefined` if it is not here.
 */
export async function findPackage(name: string): Promise<string | undefined> {
  const path = join(DIRECTORY, "node_modules", name);
  const isThere = await Deno.stat(join(path, "package.json")).then(
    () => true,
    () => false,
  );
  return isThere ? path : undefined;
}
