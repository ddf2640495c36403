import { SDK } from "../clients/find_clients.ts";
import { compareClients } from "../compare_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import { getPlace } from "../service.ts";
import { type Part, takeServer } from "./part.ts";

const SIZE = 4096;
/** A job takes milliseconds. */
const TIMES = 2;

/** What a process takes to fetch one small object. */
export const first: Part = {
  name: "first",
  summary: "a process that downloads one object of 4 KiB, against the SDK",
  servers: "each",
  async run(context) {
    const server = takeServer(context);
    const { clients, rounds } = context;
    const [helper] = clients;
    if (!helper) return [];
    return await compareClients({ ...context, rounds: TIMES * rounds }, {
      part: "first",
      titles: { download: `A first download of 4 KiB, ${server.name}` },
      clients,
      base: SDK,
      place: getPlace(server),
      amount: { value: 1, unit: "processes/s" },
      jobs: await FileJobs.create(context, { size: SIZE, helper }),
    });
  },
};
