import * as fs from "node:fs/promises";
import { normalize } from "node:path";
import { dirname } from "@std/path/dirname";
import { failed } from "../../model/case_stop.ts";
import type { CaseStop } from "../../model/case_stop.ts";
import type { Case } from "../../model/case.ts";

/** Looks after a case for entries in its destination root, and beside it, that nobody announced. */
export class ResidueWatcher {
  readonly #root: string;
  readonly #announced = new Set<string>();
  readonly #allowed: ((path: string) => boolean)[] = [];

  /** @param root The destination root, alone in its parent. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Accepts a path, and its parents. */
  announce(path: string): void {
    for (
      let next = normalize(`${path}/.`);
      next.length > dirname(this.#root).length;
      next = dirname(next)
    ) {
      this.#announced.add(next);
    }
  }

  /** Accepts the paths that match. */
  allow(matches: (path: string) => boolean): void {
    this.#allowed.push(matches);
  }

  /** The failure of the case, if there is residue. */
  async find(c: Case): Promise<CaseStop | undefined> {
    const listing = await listTree(dirname(this.#root), "");
    const residue = listing.filter(({ path }) => !this.#accepts(path));
    if (residue.length === 0) return undefined;
    return failed(c, {
      expected:
        "the destination is as it was, without temporary files and new directories",
      observed: `left behind: ${residue.map(({ line }) => line).join(", ")}`,
      clause: 14,
      evidence: [{
        title: "listing after",
        lines: listing.map(({ line }) => line),
      }],
    });
  }

  #accepts(path: string): boolean {
    return path === this.#root || this.#announced.has(path) ||
      this.#allowed.some((matches) => matches(path));
  }
}

interface Entry {
  path: string;
  line: string;
}

async function listTree(root: string, below: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const found = await fs.readdir(root + below, { withFileTypes: true })
    // A directory that a case made unreadable, or that is gone, shows nothing.
    .catch(() => []);
  for (const entry of found) {
    const name = `${below}/${entry.name}`;
    const path = root + name;
    if (entry.isDirectory()) {
      entries.push({ path, line: `${name}/` });
      entries.push(...await listTree(root, name));
    } else {
      const stat = await fs.lstat(path).catch(() => undefined);
      if (stat) entries.push({ path, line: `${name} (${stat.size} bytes)` });
    }
  }
  return entries;
}
