import { readFile } from "node:fs/promises";
import type { Backing } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";

/** Stores the object of an upload all the same, after as long as a slow disk takes. */
export async function storeLater(backing: Backing, call: Call): Promise<void> {
  const bytes = await readFile(call.path);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const object = await backing.create(call.key, bytes.length);
  await object.write(bytes);
  await object.commit();
}
