import { join } from "@std/path";
import type { Action, Job } from "../clients/client.ts";
import type { Jobs } from "../compare_clients.ts";
import { comeToRest } from "../service.ts";

/** Names of so many objects lie in one directory. */
const PER_DIRECTORY = 1000;

/** One listing of many names. */
export class ListJobs implements Jobs {
  readonly #path: string;
  readonly #key: string;
  readonly #count: number;

  /**
   * Makes the jobs.
   *
   * @param directory Where each client writes how many names it has seen.
   * @param options What the names begin with, and how many there are.
   */
  constructor(
    directory: string,
    { key, count }: { key: string; count: number },
  ) {
    this.#path = join(directory, "count");
    this.#key = key;
    this.#count = count;
  }

  async prepare(action: Action): Promise<Job> {
    await comeToRest();
    const [key, path] = [this.#key, this.#path];
    return { action, key, path, count: this.#count, parallel: 1 };
  }

  async verify({ path, count }: Job): Promise<void> {
    const found = Number(await Deno.readTextFile(path));
    if (found !== count) throw new Error(`${found} names were listed`);
  }
}

/**
 * Makes many names quickly, by links to one file or directory of files.
 *
 * @param root Where they begin; it is made.
 * @param count How many.
 * @param make Makes one; its path does not exist.
 * @param end What the names of the directories end with.
 */
export async function makeNames(
  root: string,
  count: number,
  make: (path: string) => Promise<void>,
  end = "",
): Promise<void> {
  for (let begin = 0; begin < count; begin += PER_DIRECTORY) {
    const directory = join(root, `${begin / PER_DIRECTORY}${end}`);
    await Deno.mkdir(directory, { recursive: true });
    const length = Math.min(PER_DIRECTORY, count - begin);
    await Promise.all(
      Array.from({ length }, (_, index) => make(join(directory, `${index}`))),
    );
  }
}
