import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
} from "../../conformance/mod.ts";
import type {
  Backing,
  NewObject,
  StoredObject,
} from "../proof/reference/backing.ts";
import { ReferenceStore } from "../proof/reference/reference_store.ts";
import { readDevices } from "./devices.ts";

/** Objects in a table of SQLite: a store without a network. */
class SqliteBacking implements Backing {
  readonly uri: string;
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.uri = `sqlite:${path.split("/").map(encodeURIComponent).join("/")}/`;
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      "PRAGMA busy_timeout = 5000; CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
    );
  }

  size(key: string): Promise<number | undefined> {
    const row = this.#database.prepare(
      "SELECT length(bytes) AS size FROM objects WHERE key = ?",
    ).get(key);
    return Promise.resolve(row && Number(row.size));
  }

  open(key: string): Promise<StoredObject | undefined> {
    const row = this.#database.prepare(
      "SELECT bytes FROM objects WHERE key = ?",
    ).get(key);
    const bytes = row?.bytes as Uint8Array | undefined;
    return Promise.resolve(
      bytes && {
        size: bytes.length,
        read: (position, length) =>
          Promise.resolve(bytes.slice(position, position + length)),
        close: () => Promise.resolve(),
      },
    );
  }

  openRange(key: string): Promise<StoredObject | undefined> {
    return this.open(key);
  }

  create(key: string): Promise<NewObject> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    return Promise.resolve({
      write: (bytes) => Promise.resolve(void chunks.push(bytes.slice())),
      commit: async () => {
        const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
        this.#database.prepare(
          "INSERT OR REPLACE INTO objects (key, bytes) VALUES (?, ?)",
        ).run(key, bytes);
      },
      discard: () => Promise.resolve(),
    });
  }

  remove(key: string): Promise<void> {
    this.#database.prepare("DELETE FROM objects WHERE key = ?").run(key);
    return Promise.resolve();
  }

  list(prefix: string): Promise<string[]> {
    const rows = this.#database.prepare("SELECT key FROM objects").all();
    return Promise.resolve(
      rows.map(({ key }) => String(key)).filter((key) =>
        key.startsWith(prefix)
      ),
    );
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}

/** A store without network, secrets and parts. */
const harness: Harness = defineHarness({
  name: "SQLite",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "list", "process"],
  refusesNames: () => false,
  wire: "none",
  secrets: [],
  limits: { parts: "none" },
  open: (ctx: HarnessContext) =>
    new ReferenceStore(
      new SqliteBacking(join(ctx.directory, "objects.sqlite")),
      ctx.prefix,
    ),
  ...readDevices(),
  // Everything is in the kit's own directory, which it removes.
  cleanup() {},
});

export default harness;
