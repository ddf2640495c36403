import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import { isNotFoundError, isTransientError } from "../../checks/error_chain.ts";
import { checkCode, errorChain, expect } from "../../checks/expect.ts";
import type { CaseContext } from "../../model/case.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import type { SeenUpload } from "./torn.ts";

/** Looks at an object during its upload through a handle: it is old, absent or new, and nothing else; and never goes back from new to old. */
export async function expectWhole(
  ctx: CaseContext,
  store: ObjectStore,
  { name, old, bytes }: SeenUpload,
): Promise<void> {
  const versions = [old, bytes].filter((version) => version !== undefined);
  const observed = await observe(ctx, store, name, old !== undefined);
  const { size, seen } = observed;
  if (size === undefined) return;
  const what = `during an upload of ${bytes.length} bytes over ${
    old === undefined ? "nothing" : `${old.length} bytes`
  }`;
  expect(ctx, versions.some((version) => version.length === size), {
    expected: `${what} a handle finds a whole object`,
    observed: `its size is ${size}`,
  });
  if (observed.isReplaced) return;
  expect(ctx, seen !== undefined, {
    expected: `${what} a handle reads the object whose size it was told`,
    observed: `a size of ${size} bytes, and then that there is no object`,
  });
  expect(ctx, versions.some((version) => isEqual(version, seen)), {
    expected: `${what} a handle reads a whole object`,
    observed: `${seen.length} bytes that are neither the old nor the new ones`,
  });
  const wasNew = size === bytes.length && size !== old?.length;
  expect(ctx, !wasNew || isEqual(bytes, seen), {
    expected: `${what} a handle that was told the new size reads the new bytes`,
    observed: "it read the old ones",
  });
}

interface Look {
  /** The size that was told; none where there was no object. */
  readonly size?: number;
  /** The bytes that were read after it; none where there was no object, or it was replaced meanwhile. */
  readonly seen?: Uint8Array;
  /** True if it was replaced while it was read. */
  readonly isReplaced?: boolean;
}

async function observe(
  ctx: CaseContext,
  store: ObjectStore,
  name: string,
  hasOld: boolean,
): Promise<Look> {
  const path = `${ctx.scratch}/seen-${crypto.randomUUID()}`;
  let size: number | undefined;
  try {
    size = await store.getObjectSize(name);
    await store.downloadObject(name, path);
    return { size, seen: await fs.readFile(path) };
  } catch (error) {
    const told = size === undefined ? {} : { size };
    if (isNotFoundError(error) && !hasOld) return told;
    // Replaced between its requests (clause 15).
    if (isTransientError(error) && size !== undefined) {
      return { ...told, isReplaced: true };
    }
    if (!hasOld) {
      const what = "a read by a handle during an upload, if it fails,";
      checkCode(ctx, error, "OBJECT_NOT_FOUND", what, { clause: 7 });
    }
    throw ctx.fail({
      expected: "during an upload a handle reads the old object or none",
      observed: "the old one cannot be read",
      // An old object that is gone is not whole.
      ...(hasOld && !isNotFoundError(error) ? { clause: 10 } : {}),
      evidence: [errorChain(error)],
    });
  } finally {
    await fs.rm(path, { force: true });
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
