import type { Hash } from "node:crypto";
import type { NativeCalls } from "./native_calls.ts";
import {
  describeVersion,
  type OperatorLike,
  type OperatorMetadata,
} from "./operator.ts";
import { isFailure, type ServiceCalls } from "./service_calls.ts";

/** Circumstances of an upload. */
interface Circumstances {
  readonly key: string;
  readonly calls: NativeCalls;
  readonly signal: AbortSignal;
}

/**
 * One upload of which OpenDAL does not tell what the service has answered. The object is looked at
 * before and after: it has changed, by this upload or by one after it, or it is what was sent.
 */
export class ConfirmedWrite {
  readonly #service: ServiceCalls;
  readonly #operator: OperatorLike;
  readonly #circumstances: Circumstances;
  readonly #before: OperatorMetadata | undefined;
  readonly #sum: Hash | undefined;

  private constructor(
    service: ServiceCalls,
    operator: OperatorLike,
    circumstances: Circumstances,
    before: OperatorMetadata | undefined,
    sum: Hash | undefined,
  ) {
    this.#service = service;
    this.#operator = operator;
    this.#circumstances = circumstances;
    this.#before = before;
    this.#sum = sum;
  }

  /**
   * Looks at the object before anything is sent.
   *
   * @param service The service.
   * @param circumstances The key, the signal, and the calls of the upload.
   * @returns The upload, or `undefined` where nobody may look.
   * @throws {StoreFailure} What another failure means.
   */
  static async begin(
    service: ServiceCalls,
    circumstances: Circumstances,
  ): Promise<ConfirmedWrite | undefined> {
    const operator = await service.operator();
    try {
      const before = await look(service, operator, circumstances);
      // The same bytes within a second can be told from others by their sum alone.
      const sum = before && (await import("node:crypto")).createHash("md5");
      return new ConfirmedWrite(service, operator, circumstances, before, sum);
    } catch (error) {
      if (isFailure(error, "PERMISSION_DENIED")) return undefined;
      throw error;
    }
  }

  /** Tells of bytes that are sent, in their order. */
  add(chunk: Uint8Array): void {
    this.#sum?.update(chunk);
  }

  /**
   * Looks at the object again.
   *
   * @returns True unless it is the one that was there before, with other bytes.
   * @throws {StoreFailure} What a failure means: then it is not known.
   */
  async isStored(): Promise<boolean> {
    const now = await look(this.#service, this.#operator, this.#circumstances);
    if (describeVersion(now) !== describeVersion(this.#before)) return true;
    const sum = this.#sum?.digest("hex");
    return sum !== undefined && now?.etag?.replaceAll('"', "") === sum;
  }
}

async function look(
  service: ServiceCalls,
  operator: OperatorLike,
  { key, signal, calls }: Circumstances,
): Promise<OperatorMetadata | undefined> {
  try {
    return await service.ask(() => operator.stat(key), { signal, calls });
  } catch (error) {
    if (isFailure(error, "OBJECT_NOT_FOUND")) return undefined;
    throw error;
  }
}
