import {
  type PartUpload,
  StoreFailure,
  type UploadPart,
} from "../../../src/driver.ts";
import type { Call } from "../reference/call.ts";
import type { DataReader } from "../reference/data.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import { HttpObjectStore } from "../reference/http_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttpPowers } from "./of_http.ts";

const writes = (details: Omit<HttpMutantDetails, "group">): Mutant =>
  ofHttpPowers({ group: "wri_wire", ...details });

/** Stores whose writes are wrong where the service or the network is. */
export const wriWireMutants: readonly Mutant[] = [
  writes({
    name: "wri-busy-is-for-ever",
    description: "a write that a busy service refuses is not tried again",
    subtle: true,
    caughtBy: ["WRI-15", "WRI-16"],
    store: class extends HttpObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isBusy = call.action === "write" &&
          error instanceof StoreFailure && /503/.test(error.reason);
        return super.translate(
          call,
          isBusy ? new StoreFailure("OTHER", "busy") : error,
        );
      }
    },
  }),
  writes({
    name: "wri-sends-the-rest",
    description: "a part that is lost is left out",
    subtle: true,
    caughtBy: ["WRI-16"],
    driver: class extends HttpDriver {
      override async startUpload(key: string): Promise<PartUpload> {
        const upload = await super.startUpload(key);
        let sent = 0;
        let lost = 0;
        return {
          ...upload,
          async writePart(part, options) {
            const index = sent;
            try {
              const own: UploadPart = {
                index,
                offset: part.offset,
                size: part.size,
                chunks: () => part.chunks(),
                read: (buffer, position) => part.read(buffer, position),
              };
              await upload.writePart(own, options);
              sent++;
            } catch (error) {
              if (lost++ > 0) throw error;
            }
          },
        };
      }
    },
  }),
  writes({
    name: "wri-forbidden-is-busy",
    description: "a write that is forbidden is worth another attempt",
    subtle: true,
    caughtBy: ["WRI-18"],
    store: class extends HttpObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isForbidden = call.action === "write" &&
          error instanceof StoreFailure && error.code === "PERMISSION_DENIED";
        return isForbidden
          ? this.transient(call, "it was refused")
          : super.translate(call, error);
      }
    },
  }),
  writes({
    name: "wri-leaves-the-stream-to-itself",
    description: "a stream is not cancelled where the service has refused it",
    subtle: true,
    caughtBy: ["WRI-15", "WRI-18"],
    store: class extends HttpObjectStore {
      protected override cancelData(reader: DataReader, reason: unknown): void {
        const isAnswer = reason instanceof Error && "code" in reason &&
          ["TRANSIENT", "PERMISSION_DENIED"].includes(String(reason.code));
        if (!isAnswer) super.cancelData(reader, reason);
      }
    },
  }),
];
