import { compareClients } from "../compare_clients.ts";
import { join } from "@std/path";
import { createFetch, CURL, OURS, SDK } from "../clients/find_clients.ts";
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
  run: (context) =>
    compareFiles("https", {
      ...context,
      clients: [...context.clients, createFetch(context.tools)],
    }),
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

const MIB = 2 ** 20;
/** Sizes of which memory is measured; one of 4 GiB is in {@linkcode huge}. */
const SIZES = [MIB, 16 * MIB, 256 * MIB, 1024 * MIB];
const MEASURED = [...OURS, CURL, SDK, "obstore", "Bun"];

/** The peak of memory over sizes. */
export const memory: Part = {
  name: "memory",
  summary: "the peak of memory against the size, 1 MiB to 1 GiB",
  servers: "each",
  isOnRequest: true,
  async run(context) {
    const isMeasured = ({ name }: { name: string }) => MEASURED.includes(name);
    const tables: Table[] = [];
    for (const size of SIZES) {
      // Each has a directory of its own, as each has its file.
      const directory = join(context.directory, `${size}`);
      await Deno.mkdir(directory);
      tables.push(
        ...await compareFiles("memory", {
          ...context,
          ...{ directory, size: Math.min(size, 4 * context.size), rounds: 1 },
          clients: context.clients.filter(isMeasured),
          missing: [],
        }),
      );
    }
    return tables;
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
    size,
    amount: { value: size / 2 ** 20, unit: "MiB/s" },
    jobs,
  });
}
