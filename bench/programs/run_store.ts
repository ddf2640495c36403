import type {
  ReadableObjectStore,
  WritableObjectStore,
} from "../../src/object_store.ts";
import type { Job, Place } from "../clients/client.ts";

/** What the benchmark gives a program as its one argument. */
export interface Task {
  /** Where to. */
  readonly place: Place;
  /** What. */
  readonly job: Job;
}

/**
 * Does a job with one of our stores, with its defaults.
 *
 * @param open Opens the store.
 */
export async function runStore(
  open: (place: Place) => ReadableObjectStore & WritableObjectStore,
): Promise<void> {
  const { place, job }: Task = JSON.parse(Deno.args[0] ?? "");
  await using store = open(place);
  const actions: Record<Job["action"], () => Promise<unknown>> = {
    upload: () => store.uploadObject(job.key, job.path),
    download: () => store.downloadObject(job.key, job.path),
    readStream: async () => {
      const { stream } = await store.readObject(job.key);
      let count = 0;
      for await (const chunk of stream) count += chunk.length;
      await Deno.writeTextFile(job.path, `${count}`);
    },
    firstByte: async () => {
      const { stream } = await store.readObject(job.key);
      for await (const { length } of stream) {
        return await Deno.writeTextFile(job.path, `${length}`);
      }
    },
    writeStream: async () => {
      const file = await Deno.open(job.path);
      await store.writeObject(job.key, file.readable);
    },
    uploadMany: () =>
      forEachObject(job, (name, path) => store.uploadObject(name, path)),
    downloadMany: () =>
      forEachObject(job, (name, path) => store.downloadObject(name, path)),
    sizeMany: () => forEachObject(job, (name) => store.getObjectSize(name)),
  };
  await actions[job.action]();
}

async function forEachObject(
  { key, path, count, parallel }: Job,
  run: (name: string, path: string) => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  async function work(): Promise<void> {
    while (begun < count) {
      const index = begun++;
      await run(`${key}/${index}`, `${path}/${index}`);
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
}
