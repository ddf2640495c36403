import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { hasProgram } from "./run_command.ts";

const CLI = fromFileUrl(
  new URL("../../../conformance/cli.ts", import.meta.url),
);
/** Each template, the program that it needs, and the command that starts its store. */
const TEMPLATES = {
  python: { program: ["python3", "--version"], command: "python3 serve.py" },
  go: { program: ["go", "version"], command: "go run ." },
};

for (const [template, { program, command }] of Object.entries(TEMPLATES)) {
  const [name = "", ...args] = program;
  const isHere = await hasProgram(name, ...args);
  Deno.test({
    name:
      `--init ${template} writes a store that is judged at once by --command (${name}${
        isHere ? "" : ", which is not here"
      })`,
    ignore: !isHere,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        const written = await run(directory, ["--init", template]);
        assertEquals(written.code, 0, written.stderr);
        assertMatch(written.stdout, new RegExp(`--command '${command}'`));
        const only = ["--only", "PUT-1,GET-8,CLS-4"];
        const judged = await run(directory, ["--command", command, ...only]);
        assertEquals(judged.code, 0, judged.stdout + judged.stderr);
        assertMatch(judged.stdout, /^3 pass/m);
        const again = await run(directory, ["--init", template]);
        assertEquals(again.code, 2);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

async function run(
  cwd: string,
  args: string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]"),
      CLI,
      ...args,
    ],
    cwd,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
