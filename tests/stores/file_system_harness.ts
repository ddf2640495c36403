import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { env } from "node:process";
import { FileSystemObjectStore } from "../../mod.ts";
import { defineHarness, type Harness } from "../../conformance/mod.ts";

// Special file systems are mounted by those who may; see `file_system_test.ts`.
const { OBJECT_STORE_SMALL_DEVICE, OBJECT_STORE_NO_LINK_DEVICE } = env;

/** The bundled file-system store, on the kit's own directory. */
const harness: Harness = defineHarness({
  name: "FileSystemObjectStore",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "list", "process", "streaming", "large"],
  refusesNames: () => false,
  limits: { partSize: 2 ** 20, progressGranularity: 4 * 2 ** 20 },
  open: (ctx) =>
    new FileSystemObjectStore({ root: ctx.directory, prefix: ctx.prefix }),
  ...hasOtherDevice("/dev/shm") ? { otherDevice: "/dev/shm" } : {},
  ...OBJECT_STORE_SMALL_DEVICE
    ? { smallDevice: OBJECT_STORE_SMALL_DEVICE }
    : {},
  ...OBJECT_STORE_NO_LINK_DEVICE
    ? { noLinkDevice: OBJECT_STORE_NO_LINK_DEVICE }
    : {},
  // Everything is in the kit's own directory, which it removes.
  cleanup() {},
});

export default harness;

function hasOtherDevice(path: string): boolean {
  return existsSync(path) && statSync(path).dev !== statSync(tmpdir()).dev;
}
