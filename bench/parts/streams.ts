import { CURL, OURS, SDK } from "../clients/find_clients.ts";
import { compareClients } from "../compare_clients.ts";
import { FileJobs } from "../jobs/file_jobs.ts";
import { getPlace } from "../service.ts";
import { formatSize } from "../size.ts";
import { type Part, takeServer } from "./part.ts";

/** Those that can hand an object to a program as a stream; curl only helps. */
const STREAMING = [...OURS, SDK, "aws-sdk on Node", "Bun"];

/** One large object as a stream, without a file for what is read. */
export const streams: Part = {
  name: "streams",
  summary:
    "readObject() and writeObject() of --size, and the first byte, against the SDK's body, lib-storage and Bun",
  servers: "each",
  async run(context) {
    const { clients, missing, size } = context;
    const server = takeServer(context);
    const helper = clients.find(({ name }) => name === CURL) ?? clients[0];
    if (!helper) return [];
    const what = `${formatSize(size)}, ${server.name}`;
    const isStreaming = ({ name }: { name: string }) =>
      STREAMING.includes(name);
    const jobs = await FileJobs.create(context, { size, helper });
    const shared = {
      part: "streams",
      clients: clients.filter(isStreaming),
      base: SDK,
      place: getPlace(server),
      jobs,
    };
    const own = { ...context, missing: missing.filter(isStreaming) };
    return [
      ...await compareClients(own, {
        ...shared,
        titles: {
          readStream: `A stream of ${what}, read`,
          writeStream: `A stream of unknown size, stored: ${what}`,
        },
        amount: { value: size / 2 ** 20, unit: "MiB/s" },
      }),
      ...await compareClients(own, {
        ...shared,
        titles: { firstByte: `The first byte of ${what}` },
        amount: { value: 1, unit: "processes/s" },
      }),
    ];
  },
};
