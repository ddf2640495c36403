import { compareClients } from "../compare_clients.ts";
import { SDK } from "../clients/find_clients.ts";
import { ObjectJobs } from "../jobs/object_jobs.ts";
import { getPlace } from "../service.ts";
import { type Part, takeServer } from "./part.ts";

/** Many small objects, as whole processes. */
export const small: Part = {
  name: "small",
  summary:
    "--objects objects of 4 KiB, 16 at once, up, down and size, against the SDK's own commands",
  servers: "each",
  async run(context) {
    const { clients, objects } = context;
    const server = takeServer(context);
    const what = `${objects} objects of 4 KiB, 16 at once, ${server.name}`;
    return await compareClients(context, {
      part: "small",
      titles: {
        uploadMany: `Upload of ${what}`,
        downloadMany: `Download of ${what}`,
        sizeMany: `Size of ${what}`,
      },
      clients,
      base: SDK,
      place: getPlace(server),
      amount: { value: objects, unit: "objects/s" },
      jobs: await ObjectJobs.create(context),
    });
  },
};
