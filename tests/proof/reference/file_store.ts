import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { Backing, ByteRange, NewObject, StoredObject } from "./backing.ts";
import { PoweredReferenceStore } from "./powered_store.ts";

/** A correct store whose objects are files of one directory. */
export class FileObjectStore extends PoweredReferenceStore {
  /** @param ctx Where its objects are. */
  constructor({ directory, prefix }: HarnessContext) {
    super(new FileBacking(directory), prefix);
  }
}

/** What stands before an object's bytes: the length of its key. */
const HEAD = 4;
/** The longest key in bytes (clause 1). */
const LONGEST_KEY = 1024;
/**
 * Keys by the file's name, as far as they have been read. A name is a digest, so it never gets
 * another key. Without this a listing opens each file: 200 000 times in two suites on one place.
 */
const keyOfFile = new Map<string, string>();

/**
 * Objects as files of one directory, named by a digest of the key, as a key
 * can be longer than a file's name. Each begins with its key.
 */
export class FileBacking implements Backing {
  readonly uri: string;
  /** The directory. */
  protected readonly directory: string;

  /** @param directory Where the files are; made when it is needed. */
  constructor(directory: string) {
    this.directory = directory;
    this.uri = `${pathToFileURL(directory).href}/`;
  }

  async size(key: string): Promise<number | undefined> {
    const stats = await stat(this.pathOf(key)).catch(missing);
    return stats && stats.size - headOf(key).length;
  }

  async open(key: string): Promise<StoredObject | undefined> {
    const file = await open(this.pathOf(key)).catch(missing);
    if (!file) return undefined;
    const start = headOf(key).length;
    const { size } = await file.stat();
    return {
      size: size - start,
      read: async (position, length) => {
        const buffer = new Uint8Array(length);
        const { bytesRead } = await file.read(
          buffer,
          0,
          length,
          start + position,
        );
        return buffer.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  }

  openRange(key: string, _range: ByteRange): Promise<StoredObject | undefined> {
    return this.open(key);
  }

  async create(key: string): Promise<NewObject> {
    await mkdir(this.directory, { recursive: true });
    const path = join(this.directory, `${crypto.randomUUID()}.new`);
    const file = await open(path, "wx");
    await writeAll(file, headOf(key));
    let isOpen = true;
    return {
      write: (bytes) => writeAll(file, bytes),
      commit: async () => {
        isOpen = false;
        await file.close();
        await rename(path, this.pathOf(key));
      },
      discard: async () => {
        if (isOpen) await file.close();
        isOpen = false;
        await rm(path, { force: true });
      },
    };
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const files = await readdir(this.directory).catch(missing) ?? [];
    for (const name of files.filter((name) => name.endsWith(".object"))) {
      const key = keyOfFile.get(name) ??
        await readKey(join(this.directory, name)).catch(missing);
      if (key === undefined) continue;
      keyOfFile.set(name, key);
      if (key.startsWith(prefix)) keys.push(key);
    }
    return keys;
  }

  /** Removes an object; a missing one is fine. */
  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The file of a key. */
  protected pathOf(key: string): string {
    const digest = createHash("sha256").update(key).digest("hex");
    return join(this.directory, `${digest}.object`);
  }
}

async function readKey(path: string): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(HEAD + LONGEST_KEY);
    await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(HEAD, HEAD + bytes.readUInt32LE()).toString();
  } finally {
    await file.close();
  }
}

function headOf(key: string): Uint8Array {
  const bytes = new TextEncoder().encode(key);
  const head = new Uint8Array(HEAD + bytes.length);
  new DataView(head.buffer).setUint32(0, bytes.length, true);
  head.set(bytes, HEAD);
  return head;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done)).bytesWritten;
  }
}

function missing(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== "ENOENT") throw error;
}
