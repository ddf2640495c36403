import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";

/** One object for all who use it at the same time, as long as its handle has replaced nothing. */
export class JoiningStore extends MemoryObjectStore {
  readonly #open = new Map<string, { object: StoredObject; users: number }>();

  protected async join(
    key: string,
    open: () => Promise<StoredObject>,
  ): Promise<StoredObject> {
    const opened = this.#open.get(key) ?? { object: await open(), users: 0 };
    this.#open.set(key, opened);
    opened.users++;
    const { object } = opened;
    return {
      size: object.size,
      read: (position, length) => object.read(position, length),
      close: async () => {
        if (--opened.users > 0) return;
        if (this.#open.get(key) === opened) this.#open.delete(key);
        await object.close();
      },
    };
  }

  protected override async commitObject(
    call: Call,
    object: NewObject,
  ): Promise<void> {
    await super.commitObject(call, object);
    this.#open.delete(call.key);
  }
}
