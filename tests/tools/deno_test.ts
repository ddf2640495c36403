import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { createHash } from "node:crypto";

const TOOL = fromFileUrl(new URL("../../tools/deno.ts", import.meta.url));
const MAP_URL =
  new URL("../../tools/std_stand_ins/import_map.json", import.meta.url).href;
const MAP_ARGUMENT = `--import-map=${MAP_URL}`;
const NOTICE =
  /^JSR does not answer: @std comes from tools\/std_stand_ins\/\n$/;

/** Prints what a child of the tool finds. */
const REPORTER = `console.log(JSON.stringify({
  args: Deno.args,
  source: Deno.env.get("OBJECT_STORE_STD"),
  denoArgs: Deno.env.get("STOREKIT_DENO_ARGS"),
  path: (() => {
    try { return import.meta.resolve("@std/path"); } catch { return null; }
  })(),
}));`;

Deno.test("tools/deno.ts runs on the stand-ins when JSR refuses connections, and says so in one line", async () => {
  await using program = await writeProgram(REPORTER);
  const { code, stdout, stderr } = await runTool(["run", "-A", program.path], {
    JSR_URL: `http://127.0.0.1:${freePort()}/`,
  });
  assertEquals(code, 0);
  assertMatch(stderr, NOTICE);
  assertEquals(JSON.parse(stdout), {
    args: [],
    source: "npm",
    denoArgs: JSON.stringify([MAP_ARGUMENT]),
    path: new URL("path.ts", MAP_URL).href,
  });
});

Deno.test("tools/deno.ts gives a silent JSR at most two seconds", async () => {
  await using program = await writeProgram(REPORTER);
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const waited = (async () => {
    using connection = await server.accept();
    const begin = performance.now();
    const buffer = new Uint8Array(1024);
    while (await connection.read(buffer).catch(() => null) !== null);
    return performance.now() - begin;
  })();
  const { code, stderr } = await runTool(["run", "-A", program.path], {
    JSR_URL: `http://127.0.0.1:${server.addr.port}/`,
  });
  assertEquals(code, 0);
  assertMatch(stderr, NOTICE);
  assertLess(await waited, 2000);
});

Deno.test("tools/deno.ts passes no import map when JSR answers", async () => {
  await using program = await writeProgram(REPORTER);
  await using server = serveSmallJsr();
  const { code, stdout, stderr } = await runTool(["run", "-A", program.path], {
    JSR_URL: server.url,
  });
  assertEquals(code, 0);
  assertEquals(stderr, "");
  const { source, denoArgs } = JSON.parse(stdout);
  assertEquals([source, denoArgs], ["jsr", undefined]);
});

Deno.test("tools/deno.ts asks JSR each time, also when its answer was stored", async () => {
  await using program = await writeProgram(REPORTER);
  await using server = serveSmallJsr();
  for (const expected of [1, 2]) {
    await runTool(["run", "-A", program.path], { JSR_URL: server.url });
    assertEquals(server.moduleRequests(), expected);
  }
});

Deno.test("tools/deno.ts puts the import map before the arguments of the program", async () => {
  await using program = await writeProgram(REPORTER);
  const { stdout } = await runTool(
    ["run", "-A", program.path, "one", "--two", "--import-map=mine"],
    { OBJECT_STORE_STD: "npm" },
  );
  assertEquals(JSON.parse(stdout).args, ["one", "--two", "--import-map=mine"]);
});

Deno.test("tools/deno.ts passes the import map to test, check and doc", async () => {
  await using program = await writeProgram(
    `/**
     * Joins.
     * @module
     */
    import { join } from "@std/path";
    /** Two segments. */
    export const joined: string = join("a", "b");
    Deno.test("joins", () => { if (joined.length !== 3) throw joined; });`,
  );
  for (const args of [["test", "-A"], ["check"], ["doc", "--lint"]]) {
    const { code, stdout, stderr } = await runTool([...args, program.path], {
      OBJECT_STORE_STD: "npm",
    });
    assertEquals(code, 0, `${args[0]}: ${stdout}${stderr}`);
  }
});

Deno.test("tools/deno.ts leaves subcommands that load no modules alone", async () => {
  await using program = await writeProgram("export const a = 1;\n");
  const { code, stderr } = await runTool(["fmt", "--check", program.path], {
    JSR_URL: `http://127.0.0.1:${freePort()}/`,
  });
  assertEquals(code, 0);
  assertMatch(stderr, /^Checked 1 file\n$/);
});

Deno.test("tools/deno.ts asks nobody when OBJECT_STORE_STD is jsr", async () => {
  await using program = await writeProgram(REPORTER);
  const { code, stdout, stderr } = await runTool(["run", "-A", program.path], {
    JSR_URL: `http://127.0.0.1:${freePort()}/`,
    OBJECT_STORE_STD: "jsr",
  });
  assertEquals(code, 0);
  assertEquals(stderr, "");
  assertEquals(JSON.parse(stdout).source, "jsr");
});

Deno.test("tools/deno.ts says that it was told to use the stand-ins", async () => {
  await using program = await writeProgram("");
  const { stderr } = await runTool(["run", program.path], {
    OBJECT_STORE_STD: "npm",
  });
  assertEquals(
    stderr,
    "OBJECT_STORE_STD=npm: @std comes from tools/std_stand_ins/\n",
  );
});

Deno.test("tools/deno.ts inherits the decision of the run it is started in", async () => {
  await using program = await writeProgram(
    `const command = new Deno.Command(Deno.execPath(), {
       args: ["run", "-A", ${JSON.stringify(TOOL)}, "run", "-A", ...Deno.args],
     });
     const { code } = await command.spawn().status;
     Deno.exit(code);`,
  );
  await using reporter = await writeProgram(REPORTER);
  const { code, stdout, stderr } = await runTool(
    ["run", "-A", program.path, reporter.path],
    { JSR_URL: `http://127.0.0.1:${freePort()}/` },
  );
  assertEquals(code, 0);
  assertMatch(stderr, NOTICE);
  assertEquals(
    JSON.parse(stdout).denoArgs,
    JSON.stringify([MAP_ARGUMENT]),
  );
});

Deno.test("tools/deno.ts keeps what STOREKIT_DENO_ARGS already holds", async () => {
  await using program = await writeProgram(REPORTER);
  const { stdout } = await runTool(["run", "-A", program.path], {
    OBJECT_STORE_STD: "npm",
    STOREKIT_DENO_ARGS: JSON.stringify(["--cached-only"]),
  });
  assertEquals(
    JSON.parse(JSON.parse(stdout).denoArgs),
    ["--cached-only", MAP_ARGUMENT],
  );
});

Deno.test("tools/deno.ts exits as its child does", async () => {
  await using program = await writeProgram("Deno.exit(42);");
  const { code } = await runTool(["run", program.path], {
    OBJECT_STORE_STD: "npm",
  });
  assertEquals(code, 42);
});

Deno.test("tools/deno.ts refuses bad usage with exit code 2", async () => {
  const cases: [string[], Record<string, string>, RegExp][] = [
    [[], {}, /^Cannot run deno as the subcommand is missing\n$/],
    [
      ["run", "x.ts"],
      { OBJECT_STORE_STD: "npx" },
      /'OBJECT_STORE_STD' must be "jsr" or "npm": current value is "npx"\n$/,
    ],
    [
      ["run", "x.ts"],
      { STOREKIT_DENO_ARGS: "{}" },
      /'STOREKIT_DENO_ARGS' must be a JSON array of strings\n$/,
    ],
  ];
  for (const [args, env, message] of cases) {
    const { code, stderr } = await runTool(args, env);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});

for (const [signal, exitCode] of [["SIGINT", 33], ["SIGTERM", 34]] as const) {
  Deno.test({
    name: `tools/deno.ts passes ${signal} on to its child`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using program = await writeProgram(
        `Deno.addSignalListener("SIGINT", () => Deno.exit(33));
         Deno.addSignalListener("SIGTERM", () => Deno.exit(34));
         setInterval(() => {}, 1000);
         console.log("ready");`,
      );
      await using tool = startTool(["run", program.path], {
        OBJECT_STORE_STD: "npm",
      });
      const reader = tool.stdout.getReader();
      await reader.read();
      tool.kill(signal);
      assertEquals((await tool.status).code, exitCode);
      await Promise.all([reader.cancel(), tool.stderr.cancel()]);
    },
  });
}

/** Writes a program into a directory of its own, outside the repository. */
async function writeProgram(
  text: string,
): Promise<AsyncDisposable & { path: string }> {
  const directory = await Deno.makeTempDir({ prefix: "tools_deno_test_" });
  const path = join(directory, "program.ts");
  await Deno.writeTextFile(path, text);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

function startTool(
  args: string[],
  env: Record<string, string>,
): Deno.ChildProcess {
  const { OBJECT_STORE_STD: _std, STOREKIT_DENO_ARGS: _args, ...rest } = Deno
    .env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", TOOL, ...args],
    clearEnv: true,
    env: { ...rest, NO_COLOR: "1", NO_PROXY: "127.0.0.1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function runTool(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await startTool(args, env).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

interface SmallJsr extends AsyncDisposable {
  url: string;
  /** How often the module itself was asked for. */
  moduleRequests(): number;
}

/** A registry on loopback that knows the one module the tool asks for. */
function serveSmallJsr(): SmallJsr {
  const source = "export {};\n";
  const hash = createHash("sha256").update(source).digest("hex");
  let count = 0;
  const answers: Record<string, unknown> = {
    "/@std/async/meta.json": {
      scope: "std",
      name: "async",
      latest: "1.5.0",
      versions: { "1.5.0": {} },
    },
    "/@std/async/1.5.0_meta.json": {
      manifest: {
        "/delay.ts": { size: source.length, checksum: `sha256-${hash}` },
      },
      exports: { "./delay": "./delay.ts" },
    },
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname in answers) return Response.json(answers[pathname]);
      if (pathname !== "/@std/async/1.5.0/delay.ts") {
        return new Response(null, { status: 404 });
      }
      count++;
      return new Response(source);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    moduleRequests: () => count,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
