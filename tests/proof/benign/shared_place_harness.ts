import { env } from "node:process";
import { defineHarness, type Harness } from "../../../conformance/mod.ts";
import { fileHarness } from "../reference/file_harness.ts";
import { FileBacking, FileObjectStore } from "../reference/file_store.ts";

const directory = `${env.OBJECT_STORE_SHARED_PLACE}`;

/** The reference store with files, all in one directory whatever the run: as runs that share a bucket. */
const harness: Harness = defineHarness({
  ...fileHarness,
  name: "shared place",
  module: import.meta.url,
  limits: { largestObject: 1_310_731, progressGranularity: 131_072 },
  open: ({ prefix }) => new FileObjectStore({ directory, prefix }),
  oracle: {
    put: (name, bytes, { prefix }) =>
      fileHarness.oracle!.put(name, bytes, { directory, prefix }),
    get: (name, { prefix }) =>
      fileHarness.oracle!.get(name, { directory, prefix }),
    list: ({ prefix }) => fileHarness.oracle!.list({ directory, prefix }),
    delete: (name, { prefix }) =>
      fileHarness.oracle!.delete(name, { directory, prefix }),
  },
  async cleanup(prefix) {
    const backing = new FileBacking(directory);
    for (const key of await backing.list(`${prefix}/`)) {
      await backing.remove(key);
    }
  },
});

export default harness;
