import type {
  ListableObjectStore,
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
  open: (
    place: Place,
  ) => ReadableObjectStore & WritableObjectStore & ListableObjectStore,
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
    list: async () => {
      let count = 0;
      for await (const _ of store.listObjects(job.key)) count++;
      await Deno.writeTextFile(job.path, `${count}`);
    },
    uploadMany: () =>
      forEachObject(job, (name, path) => store.uploadObject(name, path)),
    downloadMany: () =>
      forEachObject(job, (name, path) => store.downloadObject(name, path)),
    sizeMany: () => forEachObject(job, (name) => store.getObjectSize(name)),
  };
  const { repeat } = job;
  if (repeat === undefined) return void await actions[job.action]();
  for (let time = 0; time < repeat; time++) {
    // Ours do not replace a file.
    if (time > 0 && job.action === "download") await Deno.remove(job.path);
    const began = performance.now();
    await actions[job.action]();
    console.log(performance.now() - began);
  }
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
