/**
 * A service for which a file is the better way: it answers from an SQLite database that is kept as an
 * object. SQLite goes back and forth in its file, which a stream cannot do. So the object is downloaded
 * once, whole and checked, to the temporary disk that every platform gives; the new version that
 * `POST /reload` brings takes its place in one step, and a query that is under way ends on the old one.
 *
 * `STORE` and `S3_ENDPOINT` are as for `deploy.ts`; `OBJECT` names the database, with a table `notes` of
 * `id` and `text`. `GET /notes/<id>` gives a text.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { openObjectStore } from "@storekit/object-store/open";

const OBJECT = Deno.env.get("OBJECT") ?? "notes.sqlite";
const ROUTE = new URLPattern({ pathname: "/notes/:id(\\d+)" });

const endpoint = Deno.env.get("S3_ENDPOINT");
const store = await openObjectStore(Deno.env.get("STORE") ?? "", {
  ...endpoint ? { s3: { endpoint } } : {},
});
const directory = await Deno.makeTempDir({ prefix: "file_service_" });
const path = `${directory}/database`;
let database = await load();

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 8000),
  onListen: ({ port }) => console.log(`listening on port ${port}`),
}, handle);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => server.shutdown());
}
await server.finished;
database.close();
await store.close();
await Deno.remove(directory, { recursive: true });
Deno.exit(0);

/** Downloads the database. The file is replaced whole or not at all; whoever has the old one open keeps it. */
async function load(): Promise<DatabaseSync> {
  await store.downloadObject(OBJECT, path, { overwrite: true });
  return new DatabaseSync(path, { readOnly: true });
}

async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "POST" && pathname === "/reload") {
    const old = database;
    try {
      database = await load();
    } catch (error) {
      console.error(error);
      return new Response("the old version stays", { status: 503 });
    }
    old.close();
    return new Response(null, { status: 204 });
  }
  const id = ROUTE.exec(request.url)?.pathname.groups.id;
  if (request.method !== "GET" || id === undefined) {
    return new Response("no such page", { status: 404 });
  }
  const row = database.prepare("select text from notes where id = ?").get(id);
  return row
    ? new Response(String(row.text))
    : new Response("no such note", { status: 404 });
}
