/**
 * The harness of the demonstration: the file-system store in the directory that the kit gives.
 *
 * @module
 */

import { defineHarness, type Harness } from "../conformance/mod.ts";
import { FileSystemObjectStore } from "../mod.ts";

/** The bundled file-system store, with parts small enough for a run on a laptop. */
const harness: Harness = defineHarness({
  name: "FileSystemObjectStore",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "list", "process", "streaming", "large"],
  refusesNames: () => false,
  limits: { partSize: 2 ** 20, progressGranularity: 4 * 2 ** 20 },
  open: (ctx) =>
    new FileSystemObjectStore({ root: ctx.directory, prefix: ctx.prefix }),
  // Everything is in the kit's own directory, which it removes.
  cleanup() {},
});

export default harness;
