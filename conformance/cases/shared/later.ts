import { writeFile } from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import { countTicks } from "../../checks/ticks.ts";
import { expectFile } from "./expect_file.ts";

/** Milliseconds for which is watched what comes after a rejection. */
const WATCH_MS = 1_000;

/** Keeps what is done once operations have rejected, and watches that none of them undoes it. */
export class Later {
  readonly #ctx: CaseContext;
  readonly #checks: (() => Promise<void>)[] = [];

  /** @param ctx The case's context. */
  constructor(ctx: CaseContext) {
    this.#ctx = ctx;
  }

  /** The number of things that are watched. */
  get size(): number {
    return this.#checks.length;
  }

  /** Uploads another object with the name of an operation that has rejected. */
  async store(name: string, what: string): Promise<void> {
    const ctx = this.#ctx;
    const bytes = ctx.bytes(1_009, `later ${name}`);
    await ctx.given(name, bytes);
    this.#checks.push(() =>
      ctx.expectObject(
        name,
        bytes,
        `a second after ${what} has rejected and a later upload has resolved`,
      )
    );
  }

  /** Writes another file where a download that has rejected was to write its own. */
  async write(path: string, what: string): Promise<void> {
    const ctx = this.#ctx;
    const bytes = ctx.bytes(1_013, `later ${path}`);
    await writeFile(path, bytes);
    this.#checks.push(() =>
      expectFile(
        ctx,
        path,
        bytes,
        `a second after ${what} has rejected and something else was written there`,
        { clause: 14 },
      )
    );
  }

  /** Fails the case unless after a second everything is as it was made. */
  async expectKept(): Promise<void> {
    await countTicks(WATCH_MS).over;
    for (const check of this.#checks) await check();
  }
}
