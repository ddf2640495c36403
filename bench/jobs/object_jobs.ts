import { join } from "@std/path";
import { sendSigned } from "../../tests/servers/signed_request.ts";
import type { Action, Job } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { type PartContext, takeServer } from "../parts/part.ts";
import { emptyTrash, removeAny, synchronizeDisk } from "../service.ts";

const SIZE = 4096;
const PARALLEL = 16;
const KEY = "small";

/** Many objects of 4 KiB, each from and to a file of its own. */
export class ObjectJobs implements Jobs {
  readonly #context: PartContext;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  private constructor(context: PartContext, bytes: Uint8Array<ArrayBuffer>) {
    this.#context = context;
    this.#bytes = bytes;
  }

  /**
   * Makes the files.
   *
   * @param context The directory, the server, and how many.
   */
  static async create(context: PartContext): Promise<ObjectJobs> {
    const { directory, objects } = context;
    const bytes = new Uint8Array(SIZE * objects);
    const jobs = new ObjectJobs(context, bytes);
    await Deno.mkdir(join(directory, "objects"));
    for (let index = 0; index < objects; index++) {
      const path = join(directory, "objects", `${index}`);
      await Deno.writeFile(path, crypto.getRandomValues(jobs.#take(index)));
    }
    return jobs;
  }

  async prepare(action: Action): Promise<Job> {
    const { directory, objects } = this.#context;
    const isDownload = action === "downloadMany";
    const path = join(directory, isDownload ? "targets" : "objects");
    if (isDownload) {
      await removeAny(path);
      await Deno.mkdir(path);
    }
    if (action === "uploadMany") await emptyTrash(takeServer(this.#context));
    await synchronizeDisk();
    return { action, key: KEY, path, count: objects, parallel: PARALLEL };
  }

  async verify({ action, path, count }: Job): Promise<void> {
    if (action === "sizeMany") return;
    for (let index = 0; index < count; index++) {
      // Asking for each object would take longer than the jobs.
      if (action === "uploadMany" && index % 100 !== 0) continue;
      const bytes = action === "uploadMany"
        ? await this.#fetch(index)
        : await Deno.readFile(join(path, `${index}`));
      if (!isEqual(bytes, this.#take(index))) {
        throw new Error(`object ${index} has other bytes`);
      }
    }
  }

  #take(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(index * SIZE, (index + 1) * SIZE);
  }

  async #fetch(index: number): Promise<Uint8Array> {
    const server = takeServer(this.#context);
    const path = `/${server.bucket}/${KEY}/${index}`;
    return (await sendSigned(server, { path })).bytes;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length &&
    left.every((byte, index) => byte === right[index]);
}
