// What every JavaScript program here needs: its task, the packages beside it, and a loop over many
// objects. It runs on Deno, Node and Bun.

import { createRequire } from "node:module";
import process from "node:process";

/** The task that the benchmark gives as the one argument: a place, a job, and where packages are. */
export const { place, job, peers } = JSON.parse(process.argv[2]);

/**
 * Loads an installed package.
 *
 * `require` finds it below `peers` on Deno and Node alike; Deno starts faster with it than with an
 * `npm:` import.
 */
export const loadPackage = createRequire(`${peers}/package.json`);

/** Does the job: once, or as often as it is repeated, and then prints the milliseconds of each time. */
export async function runJob(actions) {
  if (!job.repeat) return await actions[job.action]();
  for (let time = 0; time < job.repeat; time++) {
    const began = performance.now();
    await actions[job.action]();
    console.log(performance.now() - began);
  }
}

/** Runs something for each object of the job, several at once. */
export async function forEachObject(run) {
  let begun = 0;
  async function work() {
    while (begun < job.count) {
      const index = begun++;
      await run(`${job.key}/${index}`, `${job.path}/${index}`);
    }
  }
  await Promise.all(Array.from({ length: job.parallel }, work));
}
