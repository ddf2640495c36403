import { compareClients } from "../compare_clients.ts";
import { CURL, OURS } from "../clients/find_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import { getPlace } from "../service.ts";
import type { Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

/** One large file, as whole processes. */
export const large: Part = {
  name: "large",
  summary: "one file of --size up and down, every client, against curl",
  servers: "each",
  run: (context) => compareFiles("large", context),
};

/** The same over HTTPS. */
export const https: Part = {
  name: "https",
  summary: "the same over HTTPS, on MinIO, with an authority of its own",
  servers: "secure",
  run: (context) => compareFiles("https", context),
};

/** Memory must not grow with the object. */
export const huge: Part = {
  name: "huge",
  summary: "one file of 4 GiB up and down, ours against curl: constant memory",
  servers: "each",
  isOnRequest: true,
  run: (context) => {
    const clients = context.clients.filter(({ name }) =>
      name === CURL || OURS.includes(name)
    );
    return compareFiles("huge", {
      ...context,
      clients,
      missing: [],
      size: Math.max(context.size, 4 * 2 ** 30),
    });
  },
};

async function compareFiles(
  part: string,
  context: PartContext,
): Promise<Table[]> {
  const { clients, size } = context;
  const server = takeServer(context);
  const [helper] = clients;
  if (!helper) return [];
  context.progress.show(`${server.name} ${part}: writing the file`);
  const jobs = await FileJobs.create(context, { size, helper });
  const what = `${formatSize(size)}, ${server.name}`;
  return await compareClients(context, {
    part,
    titles: { upload: `Upload of ${what}`, download: `Download of ${what}` },
    clients,
    base: CURL,
    place: getPlace(server),
    amount: { value: size / 2 ** 20, unit: "MiB/s" },
    jobs,
  });
}
