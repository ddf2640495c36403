import { join } from "@std/path";
import type { Action, Client, Job, Place } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { type PartContext, takeServer } from "../parts/part.ts";
import { sumFile, writeRandomFile } from "../process/files.ts";
import { measureProcess } from "../process/measure_process.ts";
import { comeToRest, emptyTrash, getPlace, removeAny } from "../service.ts";

const KEPT = "kept";
const ONE = { count: 1, parallel: 1 };

/** What {@linkcode FileJobs.create} is given. */
export interface FileJobsOptions {
  /** Bytes of the file. */
  readonly size: number;
  /** Who uploads the object that is downloaded, and fetches what others uploaded. */
  readonly helper: Client;
  /** Where to. @default The context's server. */
  readonly place?: Place;
}

/** One file, up and down, or as a stream. Every download makes a new file. */
export class FileJobs implements Jobs {
  readonly #context: PartContext;
  readonly #helper: Client;
  readonly #place: Place;
  readonly #size: number;
  readonly #sum: number;

  private constructor(
    context: PartContext,
    { size, helper, place }: FileJobsOptions,
    sum: number,
  ) {
    this.#context = context;
    this.#helper = helper;
    this.#place = place ?? getPlace(takeServer(context));
    this.#size = size;
    this.#sum = sum;
  }

  /**
   * Makes the file, and the object that is downloaded.
   *
   * @param context The directory and the server.
   * @param options The size, and who helps.
   */
  static async create(
    context: PartContext,
    options: FileJobsOptions,
  ): Promise<FileJobs> {
    const path = join(context.directory, "source");
    await writeRandomFile(path, options.size);
    const jobs = new FileJobs(context, options, await sumFile(path));
    await jobs.#run({ action: "upload", key: KEPT, path, ...ONE });
    return jobs;
  }

  async prepare(action: Action): Promise<Job> {
    const { directory, server } = this.#context;
    const isStored = action === "upload" || action === "writeStream";
    if (isStored && server) await emptyTrash(server);
    const path = join(directory, isStored ? "source" : "target");
    const key = isStored ? "object" : KEPT;
    if (!isStored) await removeAny(path);
    await comeToRest();
    return { action, key, path, ...ONE };
  }

  async verify({ action, key, path }: Job): Promise<void> {
    if (action === "download") return await this.#compare(path, "the file");
    if (action === "readStream" || action === "firstByte") {
      const count = Number(await Deno.readTextFile(path));
      const isRight = action === "firstByte"
        ? count >= 1 && count < this.#size
        : count === this.#size;
      if (isRight) return;
      throw new Error(`${count} bytes were read`);
    }
    const copy = join(this.#context.directory, "copy");
    await this.#run({ action: "download", key, path: copy, ...ONE });
    await this.#compare(copy, "the object");
    await removeAny(copy);
  }

  async #compare(path: string, what: string): Promise<void> {
    const { size } = await Deno.stat(path);
    if (size !== this.#size) throw new Error(`${what} has ${size} bytes`);
    const sum = await sumFile(path);
    if (sum !== this.#sum) throw new Error(`${what} has other bytes`);
  }

  /** Has the first client do something, untimed. */
  async #run(job: Job): Promise<void> {
    const { directory, signal } = this.#context;
    const command = await this.#helper.command(this.#place, job);
    if (!command) throw new Error(`${this.#helper.name} moves no file`);
    await measureProcess(command, { directory, python: undefined, signal });
  }
}
