import { FileSystemObjectStore } from "../../mod.ts";
import { defineHarness, type Harness } from "../../conformance/mod.ts";
import { readDevices } from "./devices.ts";

/** The bundled file-system store, on the kit's own directory. */
const harness: Harness = defineHarness({
  name: "FileSystemObjectStore",
  module: import.meta.url,
  capabilities: [
    "flat",
    "reopen",
    "list",
    "read",
    "write",
    "delete",
    "process",
    "streaming",
    "large",
  ],
  refusesNames: () => false,
  wire: "none",
  secrets: [],
  limits: { partSize: 2 ** 20, progressGranularity: 4 * 2 ** 20 },
  open: (ctx) =>
    new FileSystemObjectStore({ root: ctx.directory, prefix: ctx.prefix }),
  ...readDevices(),
  // Everything is in the kit's own directory, which it removes.
  cleanup() {},
});

export default harness;
