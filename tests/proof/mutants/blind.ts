import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidObjectNameError } from "../../../src/errors.ts";
import type { OperationOptions } from "../../../src/object_store.ts";
import type { StoredObject } from "../reference/backing.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

type Details = Omit<MemoryMutantDetails, "group">;

const details: readonly Details[] = [{
  name: "put-expands-tilde",
  description: "a path that begins with ~/ is one in the home directory",
  subtle: true,
  caughtBy: ["PUT-2"],
  store: class extends MemoryObjectStore {
    protected override toPath(filename: unknown): string {
      const isHome = typeof filename === "string" && filename.startsWith("~/");
      return super.toPath(
        isHome ? join(homedir(), filename.slice(2)) : filename,
      );
    }
  },
}, {
  name: "get-private-mode-below",
  description: "the file is private where directories are made for it",
  subtle: true,
  caughtBy: ["GET-8"],
  store: class extends MemoryObjectStore {
    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const temporary = await super.createTemporary(target);
      const isBeside = join(temporary.path, "..") === join(target, "..");
      if (!isBeside) await temporary.file.chmod(0o600);
      return temporary;
    }
  },
}, {
  name: "atm-leaves-outer-directories",
  description: "after a failure only the innermost new directory is removed",
  subtle: true,
  caughtBy: ["ATM-2"],
  store: class extends MemoryObjectStore {
    protected override async removeParents(
      made: readonly string[],
    ): Promise<void> {
      await super.removeParents(made.slice(-1));
    }
  },
}, {
  name: "cb-last-call-in-time",
  description: "the last call is waited for, but not for long",
  subtle: true,
  caughtBy: ["CB-9"],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 60);
      const telling = super.finishReport(call);
      telling.catch(() => {});
      await Promise.race([promise, telling]).finally(() => clearTimeout(timer));
    }
  },
}, {
  name: "cb-after-abort",
  description: "one more call comes after a transfer was aborted",
  subtle: true,
  caughtBy: ["CB-8", "ABT-2", "ABT-5"],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      const { signal, callback } = call.options;
      await super.tell(call, bytes).catch((error) => {
        const again = async () => await callback?.(bytes, call.total);
        if (signal?.aborted) setTimeout(() => again().catch(() => {}), 5);
        throw error;
      });
    }
  },
}, {
  name: "cb-goes-on-after-abort",
  description: "what is still to be reported is, when the callback returns",
  subtle: true,
  caughtBy: ["ABT-5"],
  // On a loaded machine its late call comes after ABT-2 has stopped counting.
  mayBeCaughtBy: ["ABT-2"],
  store: class extends MemoryObjectStore {
    readonly #next = new WeakMap<Call, number>();
    readonly #telling = new WeakMap<Call, Promise<void>>();

    protected override report(call: Call, bytes: number): Promise<void> {
      this.#next.set(call, bytes);
      if (!this.#telling.has(call)) {
        this.#telling.set(call, this.#tellAll(call));
      }
      this.checkAborted(call);
      return Promise.resolve();
    }

    protected override async finishReport(call: Call): Promise<void> {
      await call.race(this.#telling.get(call));
      await super.finishReport(call);
    }

    async #tellAll(call: Call): Promise<void> {
      const { callback, signal } = call.options;
      let isAborted = false;
      try {
        for (let told = -1, next = 0; told < next;) {
          told = next = this.#next.get(call) ?? 0;
          // The end is reported by others, but for an aborted call.
          if (told < call.total || signal?.aborted) {
            await callback?.(told, call.total);
          }
          next = this.#next.get(call) ?? 0;
          // Also if nothing has come meanwhile, or all has, so that it does not depend on that.
          if (signal?.aborted && !isAborted) next = told + 1;
          isAborted = signal?.aborted ?? false;
        }
      } catch (error) {
        call.fail(error);
      }
      this.#telling.delete(call);
    }
  },
}, {
  name: "cb-before-known-with-overwrite",
  description: "with overwrite, a missing object is reported to be empty first",
  subtle: true,
  caughtBy: ["CB-12"],
  store: class extends MemoryObjectStore {
    protected override async download(call: Call): Promise<void> {
      const { callback, overwrite } = call.options;
      const size = await this.backing.size(call.key, call.signal);
      if (overwrite && size === undefined) await callback?.(0, 0);
      await super.download(call);
    }
  },
}, {
  name: "cb-falsy-errors-are-none",
  description: "a callback that throws null is taken for one that succeeded",
  subtle: true,
  caughtBy: ["CB-9"],
  store: class extends MemoryObjectStore {
    protected override makeCall(details: CallDetails): Call {
      const { callback } = details.options;
      if (!callback) return super.makeCall(details);
      const options = {
        ...details.options,
        async callback(bytes: number, total: number) {
          try {
            await callback(bytes, total);
          } catch (error) {
            if (error) throw error;
          }
        },
      };
      return super.makeCall({ ...details, options });
    }
  },
}, {
  name: "abt-falsy-reasons-are-replaced",
  description: "the reason null is replaced by an AbortError",
  subtle: true,
  caughtBy: ["ABT-1", "ABT-2"],
  store: class extends MemoryObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      try {
        return await super.run(call, action);
      } catch (error) {
        if (error === null && call.options.signal?.aborted) {
          throw new DOMException("Aborted", "AbortError");
        }
        throw error;
      }
    }
  },
}, {
  name: "abt-falsy-reasons-in-flight",
  description:
    "what ends an operation in flight is an AbortError if it is falsy",
  subtle: true,
  caughtBy: ["ERR-13", "ABT-2"],
  store: class extends MemoryObjectStore {
    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      call.options.signal?.throwIfAborted();
      try {
        return await super.run(call, action);
      } catch (error) {
        if (error || !call.options.signal?.aborted) throw error;
        throw new DOMException("Aborted", "AbortError");
      }
    }
  },
}, {
  name: "abt-listener-left-by-list",
  description: "a listing leaves a listener on its signal",
  subtle: true,
  caughtBy: ["ABT-6"],
  store: class extends MemoryObjectStore {
    override async *listObjects(
      prefix = "",
      options?: OperationOptions,
    ): AsyncGenerator<string, void> {
      options?.signal?.addEventListener("abort", () => {});
      yield* super.listObjects(prefix, options);
    }
  },
}, {
  name: "err-message-with-name-only",
  description: "the message of a missing object's error has no URI",
  subtle: true,
  caughtBy: ["ERR-2"],
  store: class extends MemoryObjectStore {
    protected override notFound(call: CallDetails): Error {
      const error = super.notFound(call);
      error.message = error.message.replace(call.uri, call.objectName);
      return error;
    }
  },
}, {
  name: "err-invalid-name-untold",
  description: "the error for a name that is not valid does not tell it",
  subtle: true,
  caughtBy: ["ERR-2"],
  store: class extends MemoryObjectStore {
    protected override invalidName(_: string, reason: string): Error {
      return new InvalidObjectNameError(
        `Cannot use the object name: ${reason}`,
      );
    }
  },
}, {
  name: "cls-forgets-uploads",
  description: "close() waits for downloads only",
  subtle: true,
  caughtBy: ["CLS-3", "CLS-5", "CLS-7"],
  store: forgetting("upload"),
}, {
  name: "cls-forgets-downloads",
  description: "close() waits for uploads only",
  subtle: true,
  caughtBy: ["CLS-3"],
  store: forgetting("download"),
}, {
  name: "cls-second-does-not-wait",
  description: "a second close() resolves while the first one waits",
  subtle: true,
  caughtBy: ["CLS-3", "CLS-5", "CLS-7"],
  store: class extends MemoryObjectStore {
    override close(): Promise<void> {
      return this.closing ? Promise.resolve() : super.close();
    }
  },
}, {
  name: "cls-timer-after-failed-download",
  description: "a download that fails leaves a timer of six seconds",
  subtle: true,
  caughtBy: ["CLS-4"],
  store: class extends MemoryObjectStore {
    protected override async removeTemporary(
      temporary: Temporary,
    ): Promise<void> {
      await super.removeTemporary(temporary);
      const timer = setTimeout(() => {}, 6_000);
      // The process of the suite would be kept alive, too.
      if (!Deno.mainModule.endsWith("/child_main.ts")) clearTimeout(timer);
    }
  },
}, {
  name: "cls-timer-after-first-call",
  description:
    "a large download that is aborted before its first byte leaves a timer of six seconds",
  subtle: true,
  caughtBy: ["CLS-4"],
  store: class extends MemoryObjectStore {
    protected override async receive(
      call: Call,
      object: StoredObject,
      temporary: Temporary,
    ): Promise<void> {
      const timer = setTimeout(() => {}, 6_000);
      const isOwn = !Deno.mainModule.endsWith("/child_main.ts");
      if (object.size < 2 ** 20 || isOwn) clearTimeout(timer);
      await this.report(call, 0);
      this.checkAborted(call);
      clearTimeout(timer);
      await super.receive(call, object, temporary);
    }
  },
}, {
  name: "dst-long-is-invalid",
  description: "a path that is too long is told as an invalid object name",
  subtle: true,
  caughtBy: ["DST-10"],
  store: class extends MemoryObjectStore {
    protected override translate(call: Call, error: unknown): unknown {
      const isLong = (error as { code?: unknown })?.code === "ENAMETOOLONG";
      return isLong ? this.invalidName(call.objectName, "too long") : error;
    }
  },
}, {
  name: "ovw-asks-before-it-looks-inside",
  description:
    "a missing object is told before an existing file in a directory, if the path ends with a separator",
  subtle: true,
  caughtBy: ["OVW-4"],
  store: class extends MemoryObjectStore {
    protected override async lookAtDestination(call: Call): Promise<string> {
      if (this.endsAsDirectory(call.path)) await this.askSize(call);
      return await super.lookAtDestination(call);
    }
  },
}, {
  name: "err-any-url-without-host",
  description: "any URL that has no host is taken for a file: URL",
  subtle: true,
  caughtBy: ["ERR-13"],
  store: class extends MemoryObjectStore {
    protected override toPath(filename: unknown): string {
      const isPath = filename instanceof URL && filename.host === "" &&
        filename.pathname.startsWith("/");
      if (!isPath) return super.toPath(filename);
      return fileURLToPath(`file://${filename.pathname}`);
    }
  },
}];

/** Faults that stores had which were written without knowledge of the cases, and which no case saw then. */
export const blindMutants: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "blind", ...each })
);

/** A store whose close() waits for all but one kind of operations. */
function forgetting(action: string): Details["store"] {
  return class extends MemoryObjectStore {
    readonly #forgotten = new Set<Promise<unknown>>();

    protected override async run<T>(
      call: Call,
      work: () => Promise<T>,
    ): Promise<T> {
      const before = new Set(this.busy);
      const running = super.run(call, work);
      if (call.action !== action) return await running;
      for (const each of this.busy) {
        if (!before.has(each)) this.#forgotten.add(each);
      }
      return await running;
    }

    protected override async doClose(): Promise<void> {
      await Promise.all(
        [...this.busy].filter((each) => !this.#forgotten.has(each)),
      );
    }
  };
}
