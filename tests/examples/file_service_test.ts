import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findFreePort } from "../../tools/servers/process.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";

const EXAMPLE =
  new URL("../../examples/file_service.ts", import.meta.url).pathname;

/** The bytes of a database with one note. */
async function makeDatabase(path: string, text: string): Promise<Uint8Array> {
  const database = new DatabaseSync(path);
  database.exec("create table notes (id integer primary key, text text)");
  database.prepare("insert into notes values (1, ?)").run(text);
  database.close();
  return await Deno.readFile(path);
}

Deno.test("examples/file_service.ts answers from a database, and from its new version once that is whole", async () => {
  await using directory = await makeTemporaryDirectory();
  await using server = await S3Server.start();
  const temporary = directory.join("temporary");
  await Deno.mkdir(temporary);
  server.set("kept/db", await makeDatabase(directory.join("1"), "old"));
  const port = findFreePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      EXAMPLE,
    ],
    env: {
      PORT: String(port),
      TMPDIR: temporary,
      STORE: "s3://bucket/kept",
      OBJECT: "db",
      S3_ENDPOINT: server.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = child.stdout.getReader();
  await said.read();
  const ask = async (path: string, method = "GET") => {
    const { status, body } = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
    });
    return [status, await new Response(body).text()];
  };
  try {
    assertEquals(await ask("/notes/1"), [200, "old"]);
    assertEquals(await ask("/notes/2"), [404, "no such note"]);
    assertEquals((await ask("/other"))[0], 404);
    server.objects.delete("kept/db");
    assertEquals((await ask("/reload", "POST"))[0], 503);
    assertEquals(await ask("/notes/1"), [200, "old"]);
    server.set("kept/db", await makeDatabase(directory.join("2"), "new"));
    assertEquals((await ask("/reload", "POST"))[0], 204);
    assertEquals(await ask("/notes/1"), [200, "new"]);
  } finally {
    child.kill("SIGINT");
    await said.cancel();
  }
  assertEquals((await child.status).code, 0);
  assertEquals(await Array.fromAsync(Deno.readDir(temporary)), []);
});
