import { assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = new URL("../../../../", import.meta.url);
/** Cases with a process of their own: one that is killed, one that ends by itself. */
const CASES = ["ATM-4", "CLS-4"];

/** A project of a user's in a directory of its own, gone with it. */
async function makeProject(files: Readonly<Record<string, string>>) {
  const directory = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(join(directory, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(directory, name), text);
  }
  return {
    directory,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** A harness of the file-system store; `before` comes first, and the rest of the addresses is below `base`. */
function harness(base: string, before = ""): string {
  return `${before}
import { FileSystemObjectStore } from "${base}mod.ts";
import { defineHarness } from "${base}conformance/mod.ts";
export default defineHarness({
  name: "mine",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process"],
  open: ({ directory, prefix }) =>
    new FileSystemObjectStore({ root: directory, prefix }),
});
`;
}

/** Runs the cases on the harness, and prints what became of them. */
function main(base: string): string {
  return `import { runConformance } from "${base}conformance/mod.ts";
import harness from "./harness.ts";
for await (
  const { id, status, reason } of runConformance(harness, {
    only: ${JSON.stringify(CASES)},
  })
) console.log([id, status, reason ?? ""].join(" ").trim());
`;
}

async function deno(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: directory,
    env: { NO_COLOR: "1", STOREKIT_DENO_ARGS: "", ...env },
  }).output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout);
  // Cases end in any order.
  return printed === ""
    ? decoder.decode(stderr)
    : printed.trimEnd().split("\n").toSorted().join("\n");
}

const PASSED = CASES.map((id) => `${id} pass`).join("\n");

/** Serves the files of the package, as a registry does; @std is with it. */
async function serveFiles() {
  const map = await Deno.readTextFile(
    new URL("tools/std_stand_ins/import_map.json", REPOSITORY),
  );
  const { imports } = JSON.parse(map) as { imports: Record<string, string> };
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(request.url ?? "");
    try {
      const path = fileURLToPath(new URL(`.${request.url}`, REPOSITORY));
      let text = await Deno.readTextFile(path);
      for (const [name, to] of Object.entries(imports)) {
        if (!to.startsWith("./")) continue;
        const url = `${base}tools/std_stand_ins/${to.slice(2)}`;
        text = text.replaceAll(`from "${name}"`, `from "${url}"`);
      }
      response.writeHead(200, {
        "content-type": path.endsWith(".json")
          ? "application/json"
          : "application/typescript",
      });
      response.end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}/`;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { base, requests, close, [Symbol.asyncDispose]: close };
}

Deno.test("processes of cases start offline after 'deno cache'", async () => {
  await using server = await serveFiles();
  await using project = await makeProject({
    "main.ts": main(server.base),
    "harness.ts": harness(server.base),
    "deno.json": "{}",
  });
  const env = { DENO_DIR: join(project.directory, "cache") };
  const flags = ["--quiet", "--no-check", "--no-lock"];
  await deno(project.directory, [
    ...["cache", "--allow-import", ...flags, "main.ts", "harness.ts"],
  ], env);
  const before = server.requests.length;
  await server.close();
  const args = ["run", "-A", ...flags, "--cached-only", "main.ts"];
  assertEquals(await deno(project.directory, args, env), PASSED);
  assertEquals(server.requests.length, before);
});

Deno.test("processes of cases find the packages of a project with a 'package.json'", async () => {
  await using server = await serveFiles();
  await using project = await makeProject({
    "package.json": JSON.stringify({
      name: "mine",
      dependencies: { needed: "1.0.0" },
    }),
    "node_modules/needed/package.json": JSON.stringify({
      name: "needed",
      version: "1.0.0",
      type: "module",
      exports: "./index.js",
    }),
    "node_modules/needed/index.js": "export default 42;\n",
    "main.ts": main(server.base),
    "harness.ts": harness(server.base, 'import "needed";'),
  });
  const env = { DENO_DIR: join(project.directory, "cache") };
  const flags = ["--quiet", "--no-check", "--no-lock"];
  const args = ["run", "-A", ...flags, "main.ts"];
  assertEquals(await deno(project.directory, args, env), PASSED);
});

Deno.test("processes of cases see the flags of their run", async () => {
  await using server = await serveFiles();
  await using project = await makeProject({
    "main.ts": main(server.base),
    "harness.ts": harness(
      server.base,
      "await (await Deno.openKv(':memory:')).close();",
    ),
    "deno.json": "{}",
  });
  const env = { DENO_DIR: join(project.directory, "cache") };
  const flags = ["--quiet", "--no-check", "--no-lock", "--unstable-kv"];
  const args = ["run", "-A", ...flags, "main.ts"];
  assertEquals(await deno(project.directory, args, env), PASSED);
});
