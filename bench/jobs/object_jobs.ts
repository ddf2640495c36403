import { join } from "@std/path";
import { sendSigned } from "../../tools/servers/signed_request.ts";
import type { Action, Job } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { type PartContext, takeServer } from "../parts/part.ts";
import { comeToRest } from "../service.ts";

const SIZE = 4096;
/** How many objects are under way at once. */
export const PARALLEL = 16;
const KEY = "small";

/**
 * Many objects of 4 KiB, each from and to a file of its own. Nothing is
 * replaced or removed between the jobs: where much was removed a moment ago,
 * ext4 takes ten times as long to make a file, and every figure is that.
 */
export class ObjectJobs implements Jobs {
  readonly #context: PartContext;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #number = 0;
  /** The first objects that arrived; all downloads are of these. */
  #stored: string | undefined;

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
    const number = ++this.#number;
    const path = join(directory, isDownload ? `targets_${number}` : "objects");
    if (isDownload) await Deno.mkdir(path);
    await comeToRest();
    const key = action !== "uploadMany" && this.#stored || `${KEY}/${number}`;
    return { action, key, path, count: objects, parallel: PARALLEL };
  }

  async verify({ action, key, path, count }: Job): Promise<void> {
    if (action === "sizeMany") return;
    for (let index = 0; index < count; index++) {
      // Asking for each object would take longer than the jobs.
      if (action === "uploadMany" && index % 100 !== 0) continue;
      const bytes = action === "uploadMany"
        ? await this.#fetch(key, index)
        : await Deno.readFile(join(path, `${index}`));
      if (!isEqual(bytes, this.#take(index))) {
        throw new Error(`object ${index} has other bytes`);
      }
    }
    if (action === "uploadMany") this.#stored ??= key;
  }

  #take(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(index * SIZE, (index + 1) * SIZE);
  }

  async #fetch(key: string, index: number): Promise<Uint8Array> {
    const server = takeServer(this.#context);
    const path = `/${server.bucket}/${key}/${index}`;
    return (await sendSigned(server, { path })).bytes;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length &&
    left.every((byte, index) => byte === right[index]);
}
