import {
  type DriverOptions,
  StoreFailure,
  type UploadPart,
} from "../../../src/driver.ts";
import { ListableDriverObjectStore } from "../../../src/driver_store/driver_object_store.ts";
import type { UploadOptions } from "../../../src/object_store.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpAnswer } from "../reference/http_answer.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Temporary } from "../reference/local_steps.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttp } from "./of_http.ts";
import { answering } from "./trn_connection.ts";

/** Sends a lost part again, and counts what it has sent in vain. */
class SendsAgain extends HttpDriver {
  /** Bytes that were sent twice, by all uploads. */
  sentTwice = 0;

  protected override async sendPart(
    id: string,
    part: UploadPart,
    options: DriverOptions,
  ): Promise<string> {
    for (let attempt = 1;; attempt++) {
      try {
        return await super.sendPart(id, part, options);
      } catch (error) {
        if (!(error instanceof StoreFailure) || attempt === 3) throw error;
        this.sentTwice += part.size;
      }
    }
  }
}

/** Keys of objects whose bytes arrived damaged. */
const damaged = new Set<string>();

const details: readonly Omit<HttpMutantDetails, "group">[] = [{
  name: "wire-cb-growing-increments",
  description:
    "each call says how much has come since the last one, which is never less",
  subtle: true,
  caughtBy: ["CB-6"],
  store: class extends HttpObjectStore {
    readonly #at = new Map<Call, { bytes: number; step: number }>();
    protected override async report(call: Call, bytes: number): Promise<void> {
      const at = this.#at.get(call) ?? { bytes: 0, step: 0 };
      const step = bytes - at.bytes;
      if (step <= at.step || bytes >= call.total) return;
      this.#at.set(call, { bytes, step });
      await this.tell(call, step);
    }
  },
}, {
  name: "wire-cb-counts-ahead",
  description: "a download counts a MiB that is only asked for by then",
  subtle: true,
  caughtBy: ["CB-6"],
  store: class extends HttpObjectStore {
    protected override async report(call: Call, bytes: number): Promise<void> {
      const ahead = call.action === "download" ? 2 ** 20 : 0;
      const isLast = bytes >= call.total;
      await super.report(
        call,
        isLast ? bytes : Math.min(bytes + ahead, call.total - 1),
      );
    }
  },
}, {
  name: "wire-cb-begins-anew",
  description: "a download that is tried again inside counts from 0 again",
  caughtBy: ["ATM-6", "CB-11"],
  store: class extends HttpObjectStore {
    protected override async receive(
      call: Call,
      object: StoredObject,
      temporary: Temporary,
    ): Promise<void> {
      try {
        await super.receive(call, object, temporary);
      } catch (error) {
        if (call.failure) throw error;
        call.reported = -1;
        const again = await this.openObject(call);
        try {
          await super.receive(call, again, temporary);
        } finally {
          await again.close();
        }
      }
    }
  },
}, {
  name: "wire-cb-counts-parts-twice",
  description:
    "a part that is sent again is counted again, until the last call",
  subtle: true,
  caughtBy: ["CB-11"],
  driver: SendsAgain,
  store: class extends ListableDriverObjectStore {
    readonly #driver: SendsAgain;
    constructor(driver: HttpDriver, prefix: string) {
      super(driver as SendsAgain, { prefix });
      this.#driver = driver as SendsAgain;
    }
    override async uploadObject(
      objectName: string,
      filename: string | URL,
      options: UploadOptions = {},
    ): Promise<void> {
      const { callback } = options;
      const before = this.#driver.sentTwice;
      await super.uploadObject(
        objectName,
        filename,
        callback === undefined ? options : {
          ...options,
          callback: (bytes, total) => {
            const twice = this.#driver.sentTwice - before;
            return callback(bytes === total ? bytes : bytes + twice, total);
          },
        },
      );
    }
  },
}, {
  name: "wire-cb-complete-when-sent",
  description: "an upload says (total, total) when all is sent, and again",
  subtle: true,
  caughtBy: ["CB-9", "CB-11", "CB-13", "ABT-8"],
  store: class extends HttpObjectStore {
    protected override async commitObject(
      call: Call,
      object: NewObject,
    ): Promise<void> {
      if (call.total > 0) await this.finishReport(call);
      await super.commitObject(call, object);
    }
  },
}, {
  name: "wire-cb-whole-kib",
  description: "a download counts whole KiB, the last one when it has begun",
  subtle: true,
  caughtBy: ["CB-13"],
  store: class extends HttpObjectStore {
    protected override async report(call: Call, bytes: number): Promise<void> {
      const whole = Math.min(Math.ceil(bytes / 1024) * 1024, call.total);
      if (call.action !== "download" || whole < call.total) {
        return await super.report(call, bytes);
      }
      if (bytes < call.total) await this.tell(call, whole);
    }
  },
}, {
  name: "wire-cb-total-before-the-checksum",
  description: "a download tells that it is complete, and then compares",
  subtle: true,
  caughtBy: ["CB-13"],
  client: answering(
    class extends HttpAnswer {
      protected override checkSum(sum: number): void {
        try {
          super.checkSum(sum);
        } catch {
          const { searchParams } = new URL(this.response.url);
          damaged.add(`${searchParams.get("key")}`);
        }
      }
    },
  ),
  store: class extends HttpObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      await super.finishReport(call);
      if (call.action !== "download" || !damaged.delete(call.key)) return;
      throw new StoreFailure("TRANSIENT", "the body arrived damaged");
    }
  },
}];

/** Stores whose counts are wrong when the wire fails. */
export const wireProgressMutants: readonly Mutant[] = details.map((each) =>
  ofHttp({ group: "wire_progress", ...each })
);
