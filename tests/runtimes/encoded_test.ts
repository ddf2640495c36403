import { assertEquals, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { S3Server } from "../s3_protocol/s3_server.ts";
import { findRuntimes } from "./find_runtimes.ts";
import { makeNpmProject, type NpmProject } from "./npm_project.ts";

const MAIN = "tests/runtimes/encoded_main.ts";
const PACKAGES = ["@aws-sdk/client-s3", "@smithy/fetch-http-handler"];
const TIMEOUT_MS = 180_000;

/** Has npm install what the clients of the test need. */
async function install({ directory }: NpmProject): Promise<string | undefined> {
  // Beside the package, which npm does not know and would remove.
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const names = PACKAGES.map((name) => imports[name].slice("npm:".length));
  const { code, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--no-save", ...names],
    cwd: `${directory}/node_modules/@storekit/object-store`,
    stdin: "null",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  return code === 0 ? undefined : new TextDecoder().decode(stderr);
}

for (const { name, program, reason } of await findRuntimes()) {
  const why = program === undefined ? ` [not here: ${reason}]` : "";

  Deno.test({
    name:
      `an object that is stored packed comes as it is stored on ${name}, or not at all${why}`,
    ignore: program === undefined,
    async fn() {
      await using project = await makeNpmProject([MAIN]);
      assertEquals(await install(project), undefined);
      await using server = await S3Server.start();
      const packed = gzipSync(new Uint8Array(9_000));
      server.intercept = (_, response) => {
        response.writeHead(200, {
          "content-encoding": "gzip",
          "content-length": packed.length,
          etag: '"e"',
        });
        response.end(packed);
        return true;
      };
      const { stdout, stderr } = await new Deno.Command(program!, {
        args: [project.pathOf(MAIN), server.url, project.directory],
        cwd: project.directory,
        stdin: "null",
      }).output();
      const output = new TextDecoder().decode(stdout);
      const stored = packed.toString("base64");
      const { "download, fetch": downloaded, "read, fetch": read, ...rest } =
        JSON.parse(output || JSON.stringify(new TextDecoder().decode(stderr)));
      for (const refused of [downloaded, read]) {
        assertEquals(refused.code, "OTHER", refused.message);
        assertStringIncludes(refused.message, "the client unpacks objects");
      }
      assertEquals(rest, {
        "download, direct": stored,
        "read, direct": stored,
        "download, client": stored,
        "read, client": stored,
      });
    },
  });
}
