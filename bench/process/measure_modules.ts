import { fromFileUrl, join } from "@std/path";
import { getDenoArgs } from "../clients/write_lock.ts";
import type { PartContext } from "../parts/part.ts";
import { measureProcess } from "./measure_process.ts";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));
/** A process takes milliseconds, and a round of all of them a second. */
const TIMES = 3;

/** Times of a module's process in milliseconds, or why there are none. */
export interface ModuleTimes {
  /** The module's name. */
  readonly name: string;
  /** The times, without the round that does not count. */
  readonly times: readonly number[];
  /** The reason why it could not be measured. */
  readonly note?: string;
}

/**
 * Measures Deno processes that run a module each, in turn.
 *
 * @param context The part's.
 * @param part The part's name, to tell what is under way.
 * @param modules Each module's name and code.
 */
export async function measureModules(
  context: PartContext,
  part: string,
  modules: readonly (readonly [name: string, code: string])[],
): Promise<ModuleTimes[]> {
  const { directory, progress, rounds, signal, tools } = context;
  const args = ["run", "-A", "--quiet", "--config", CONFIG];
  args.push(...await getDenoArgs());
  const found = modules.map(([name, code], index) => ({
    name,
    code,
    path: join(directory, `${part}_${index}.mjs`),
    times: [] as number[],
    note: undefined as string | undefined,
  }));
  for (const { path, code } of found) await Deno.writeTextFile(path, code);
  for (let round = 0; round <= rounds * TIMES; round++) {
    progress.show(part);
    for (const module of found) {
      if (module.note !== undefined) continue;
      try {
        const { milliseconds } = await measureProcess({
          program: Deno.execPath(),
          args: [...args, module.path],
        }, { directory, python: tools.python, signal });
        if (round > 0) module.times.push(milliseconds);
      } catch (error) {
        signal.throwIfAborted();
        module.note = `failed: ${(error as Error).message}`;
      }
    }
  }
  return found.map(({ name, times, note }) => ({
    name,
    times,
    ...note === undefined ? {} : { note },
  }));
}
