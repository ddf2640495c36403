/**
 * Local files as the contract wants them, for authors who write a store from
 * nothing: a source that is one moment's, a destination that appears whole,
 * and a progress count.
 *
 * @module
 */
export { toPath } from "./filename.ts";
export { openSource, type ReadOptions, type Source } from "./source.ts";
export {
  type Destination,
  type DestinationOptions,
  resolveDestination,
} from "./destination.ts";
export { saveDestination, type SavedFile } from "./saved_file.ts";
export { Progress, type ProgressOptions } from "./progress.ts";
