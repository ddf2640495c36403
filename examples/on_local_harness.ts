import {
  defineHarness,
  type Harness,
} from "@storekit/object-store/conformance";
import { LocalMapObjectStore } from "./on_local.ts";

const places = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();

/** The example store: handles on one directory share one map. */
const harness: Harness = defineHarness({
  name: "LocalMapObjectStore",
  module: import.meta.url,
  capabilities: ["flat", "reopen"],
  refusesNames: () => false,
  open({ directory, prefix }) {
    const objects = places.get(directory) ?? new Map();
    places.set(directory, objects);
    return new LocalMapObjectStore(objects, prefix);
  },
  cleanup: () => places.clear(),
});

export default harness;
