import {
  defineHarness,
  type Harness,
} from "@storekit/object-store/conformance";
import { MapObjectStore } from "./on_driver.ts";

const places = new Map<string, Map<string, Uint8Array>>();

/** The example store: handles on one directory share one map. */
const harness: Harness = defineHarness({
  name: "MapObjectStore",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "list", "read", "write"],
  refusesNames: () => false,
  open({ directory, prefix }) {
    const objects = places.get(directory) ?? new Map();
    places.set(directory, objects);
    return new MapObjectStore(objects, prefix);
  },
  cleanup: () => places.clear(),
});

export default harness;
