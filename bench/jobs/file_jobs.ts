import { createHash } from "node:crypto";
import { join } from "@std/path";
import { sendSigned } from "../../tests/servers/signed_request.ts";
import type { Action, Client, Job } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { type PartContext, takeServer } from "../parts/part.ts";
import { hashFile, writeRandomFile } from "../process/files.ts";
import { measureProcess } from "../process/measure_process.ts";
import {
  emptyTrash,
  getPlace,
  removeAny,
  synchronizeDisk,
} from "../service.ts";

/** Up to which size an uploaded object is read back and compared. */
const COMPARED_SIZE = 2 ** 29;
const KEPT = "kept";

/** One file, up and down. Every download makes a new file. */
export class FileJobs implements Jobs {
  readonly #context: PartContext;
  readonly #size: number;
  readonly #hash: string;

  private constructor(context: PartContext, size: number, hash: string) {
    this.#context = context;
    this.#size = size;
    this.#hash = hash;
  }

  /**
   * Makes the file, and the object that is downloaded.
   *
   * @param context The directory and the server.
   * @param options The size, and who uploads that object.
   */
  static async create(
    context: PartContext,
    { size, uploader }: { size: number; uploader: Client },
  ): Promise<FileJobs> {
    const { directory, signal } = context;
    const path = join(directory, "source");
    await writeRandomFile(path, size);
    const jobs = new FileJobs(context, size, await hashFile(path));
    const job = { ...await jobs.prepare("upload"), key: KEPT };
    const place = getPlace(takeServer(context));
    const command = await uploader.command(place, job);
    if (!command) throw new Error(`${uploader.name} uploads no file`);
    await measureProcess(command, { directory, python: undefined, signal });
    await jobs.verify(job);
    return jobs;
  }

  async prepare(action: Action): Promise<Job> {
    const { directory } = this.#context;
    if (action === "upload") await emptyTrash(takeServer(this.#context));
    const path = join(directory, action === "upload" ? "source" : "target");
    const key = action === "upload" ? "object" : KEPT;
    if (action === "download") await removeAny(path);
    await synchronizeDisk();
    return { action, key, path, count: 1, parallel: 1 };
  }

  async verify({ action, key, path }: Job): Promise<void> {
    if (action === "download") {
      const hash = await hashFile(path);
      if (hash !== this.#hash) throw new Error("the file has other bytes");
      return;
    }
    const server = takeServer(this.#context);
    const request = { path: `/${server.bucket}/${key}` };
    const head = await sendSigned(server, { ...request, method: "HEAD" });
    const size = Number(head.headers.get("content-length"));
    if (size !== this.#size) throw new Error(`the object has ${size} bytes`);
    if (size > COMPARED_SIZE) return;
    const { bytes } = await sendSigned(server, request);
    const hash = createHash("sha256").update(bytes).digest("hex");
    if (hash !== this.#hash) throw new Error("the object has other bytes");
  }
}
