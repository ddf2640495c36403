import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findPackage } from "../../tools/servers/npm_packages.ts";

const MAIN = new URL("load_main.ts", import.meta.url);
const opendal = await findPackage("opendal");

/** Runs `load_main.ts` as a part of the project in a directory, where Deno looks for its packages. */
async function run(cwd: string): Promise<{ stdout: string; stderr: string }> {
  const main = join(cwd, "main.ts");
  await Deno.writeTextFile(main, `import ${JSON.stringify(MAIN.href)};\n`);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...["--node-modules-dir=manual", main],
    ],
    cwd,
    env: { DENO_NO_PACKAGE_JSON: "", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  name: "a store that is given a scheme loads the OpenDAL of the project",
  // `deno task servers --services` installs it.
  ignore: opendal === undefined,
  async fn() {
    await using directory = await makeTemporaryDirectory();
    const { path } = directory;
    await Deno.writeTextFile(
      join(path, "package.json"),
      JSON.stringify({ dependencies: { opendal: "0.49.2" } }),
    );
    await Deno.symlink(join(opendal!, ".."), join(path, "node_modules"));
    const { stdout, stderr } = await run(path);
    assertEquals([stdout.trim(), stderr], ["loaded", ""]);
  },
});

Deno.test("where OpenDAL cannot be loaded, the error says what to do", async () => {
  await using directory = await makeTemporaryDirectory();
  const { path } = directory;
  await Deno.writeTextFile(join(path, "package.json"), "{}");
  const { stderr } = await run(path);
  assertStringIncludes(
    stderr,
    "Cannot load 'npm:opendal@0.49.2': install it, allow native code ('--allow-ffi'), or give an 'operator' of your own",
  );
});
