import { SDK } from "../clients/find_clients.ts";
import { compareClients } from "../compare_clients.ts";
import { ObjectJobs } from "../jobs/object_jobs.ts";
import type { Table } from "../report/table.ts";
import { getPlace } from "../service.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

/** Many small objects, as whole processes. */
export const small: Part = {
  name: "small",
  summary:
    "--objects objects of 4 KiB, 16 at once, up, down and size, against the SDK's own commands",
  servers: "each",
  run: (context) => compareSmall(context, { part: "small" }),
};

/** What a part about small objects does otherwise. */
interface SmallOptions {
  /** The part's name. */
  readonly part: string;
  /** What the titles say besides. @default {""} */
  readonly where?: string;
  /** Where the server is reached. @default {its URL} */
  readonly endpoint?: string;
}

/**
 * Compares the clients on many small objects: up, down and size.
 *
 * @param context What is measured.
 * @param options The part, and the way to the server.
 */
export async function compareSmall(
  context: PartContext,
  { part, where = "", endpoint }: SmallOptions,
): Promise<Table[]> {
  const { clients, objects } = context;
  const server = takeServer(context);
  const what =
    `${objects} objects of 4 KiB, 16 at once, ${where}${server.name}`;
  return await compareClients(context, {
    part,
    titles: {
      uploadMany: `Upload of ${what}`,
      downloadMany: `Download of ${what}`,
      sizeMany: `Size of ${what}`,
    },
    clients,
    base: SDK,
    place: getPlace(server, endpoint),
    amount: { value: objects, unit: "objects/s" },
    jobs: await ObjectJobs.create(context),
  });
}
