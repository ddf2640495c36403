import { assertEquals } from "@std/assert";
import {
  findProgram,
  type ServerProgram,
} from "../../../tools/servers/install.ts";
import { makeTemporaryDirectory } from "../../file_system/temporary_directory.ts";

const PROGRAM: ServerProgram = {
  name: "no-such-server",
  variable: "OBJECT_STORE_NO_SUCH_SERVER",
  module: "example.org/no-such-server",
  package: "example.org/no-such-server",
  version: "v0.0.0",
};
const TOOL = new URL("../../../tools/servers/install.ts", import.meta.url).href;

Deno.test("findProgram() takes what the environment names before what is on PATH", async () => {
  await using directory = await makeTemporaryDirectory();
  const named = await directory.write("named", "");
  await Deno.mkdir(directory.join("bin"));
  const onPath = await directory.write(`bin/${PROGRAM.name}`, "");
  assertEquals(await find({ PATH: directory.join("bin") }), onPath);
  assertEquals(
    await find({ PATH: directory.join("bin"), [PROGRAM.variable]: named }),
    named,
  );
  assertEquals(await find({ PATH: directory.path }), "none");
  assertEquals(
    await find({ PATH: "", [PROGRAM.variable]: directory.join("missing") }),
    `Cannot use ${PROGRAM.name} as '${PROGRAM.variable}' names no file: current value is "${
      directory.join("missing")
    }"`,
  );
});

Deno.test("findProgram() finds nothing where there is nothing", async () => {
  assertEquals(await findProgram(PROGRAM), undefined);
});

Deno.test("tools/servers/install.ts says what to do without Go and without the servers", async () => {
  await using directory = await makeTemporaryDirectory();
  // A checkout without .tools/.
  await Deno.mkdir(directory.join("tools/servers"), { recursive: true });
  for (const name of ["install.ts", "npm_packages.ts"]) {
    await Deno.copyFile(
      new URL(`../../../tools/servers/${name}`, import.meta.url),
      directory.join(`tools/servers/${name}`),
    );
  }
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      `--config=${new URL("../../../deno.json", import.meta.url).pathname}`,
      directory.join("tools/servers/install.ts"),
    ],
    env: { PATH: directory.path },
    stdin: "null",
  }).output();
  assertEquals(code, 1);
  assertEquals(
    new TextDecoder().decode(stderr).trim().split("\n"),
    ["minio", "versitygw"].map((name) =>
      `${name}: not here. Install Go and run this again, put ${name} on PATH, or name it in 'OBJECT_STORE_${name.toUpperCase()}'`
    ),
  );
});

async function find(env: Record<string, string>): Promise<string> {
  const script = `
    const { findProgram } = await import(${JSON.stringify(TOOL)});
    const found = findProgram(${JSON.stringify(PROGRAM)});
    console.log(await found.catch((error) => error.message) ?? "none");
  `;
  const url = `data:text/javascript,${encodeURIComponent(script)}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      `--config=${new URL("../../../deno.json", import.meta.url).pathname}`,
      url,
    ],
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout).trim() || decoder.decode(stderr);
}
