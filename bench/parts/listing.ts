import { fromFileUrl, join } from "@std/path";
import { sendSigned } from "../../tools/servers/signed_request.ts";
import type { Client } from "../clients/client.ts";
import { CURL, SDK } from "../clients/find_clients.ts";
import { getDenoArgs } from "../clients/write_lock.ts";
import { compareClients } from "../compare_clients.ts";
import { ListJobs, makeNames } from "../jobs/list_jobs.ts";
import { getPlace, removeAny } from "../service.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const KEY = "names";
const MANY = 100_000;
/** Links to one file: ext4 has 65 000 at most. */
const MOST_LINKS = 30_000;
const PROGRAM = fromFileUrl(
  new URL("../programs/list_files.ts", import.meta.url),
);

/** Many names of a service. */
export const listing: Part = {
  name: "listing",
  summary: "100 000 names on MinIO, against the SDK's paginator",
  servers: "each",
  isOnRequest: true,
  async run(context) {
    const server = takeServer(context);
    if (server.name !== "minio") return [];
    const count = countOf(context);
    context.progress.show("listing: making the names");
    const seed = `${KEY}_seed`;
    await sendSigned(server, {
      method: "PUT",
      path: `/${server.bucket}/${seed}`,
      body: new Uint8Array(10),
    });
    const bucket = join(server.dataDirectory, server.bucket);
    const root = join(bucket, KEY);
    // A small object is this one file, which does not hold its name. To upload them all would take minutes.
    let file = join(bucket, seed, "xl.meta");
    let links = 0;
    await makeNames(root, count, async (path) => {
      await Deno.mkdir(path);
      const own = join(path, "xl.meta");
      if (links++ % MOST_LINKS > 0) return await Deno.link(file, own);
      Deno.copyFileSync(file, own);
      file = own;
    });
    try {
      return await compareClients(context, {
        part: "listing",
        titles: { list: `A listing of ${count} names, ${server.name}` },
        clients: context.clients.filter(({ name }) =>
          name !== CURL && name !== "rclone" && !name.endsWith("on Node")
        ),
        base: SDK,
        place: getPlace(server),
        amount: { value: count, unit: "names/s" },
        jobs: new ListJobs(context.directory, { key: `${KEY}/`, count }),
      });
    } finally {
      await removeAny(root);
    }
  },
};

/** Many names in a directory. */
export const listingFiles: Part = {
  name: "listing_files",
  summary: "the same in the file-system store, against Deno.readDir() alone",
  servers: "none",
  isOnRequest: true,
  async run(context) {
    const count = countOf(context);
    const root = join(context.directory, "root");
    context.progress.show("listing_files: making the names");
    await makeNames(root, count, async (path) => {
      await Deno.writeFile(path, new Uint8Array(1));
      // So a directory is named that stands for a segment.
    }, "+");
    const program = Deno.execPath();
    const args = ["run", "-A", "--quiet", ...await getDenoArgs(), PROGRAM];
    const makeClient = (name: string, way: string): Client => ({
      ...{ name, version: "this" },
      command: (_place, job) =>
        Promise.resolve({ program, args: [...args, way, root, job.path] }),
    });
    const bare = makeClient("Deno.readDir()", "bare");
    return await compareClients({ ...context, missing: [] }, {
      part: "listing_files",
      titles: { list: `A listing of ${count} names, file system` },
      clients: [makeClient("FileSystemObjectStore", "store"), bare],
      base: bare.name,
      place: {
        ...{ endpoint: "", region: "", bucket: "" },
        ...{ accessKeyId: "", secretAccessKey: "" },
      },
      amount: { value: count, unit: "names/s" },
      jobs: new ListJobs(context.directory, { key: "", count }),
    });
  },
};

/** A run that only shows that everything works has few. */
function countOf({ size }: PartContext): number {
  return size < 16 * 2 ** 20 ? MANY / 100 : MANY;
}
