import { denoFiles } from "./deno_files.ts";
import { nodeFiles } from "./node_files.ts";

import type { Files } from "./file_access.ts";

/** The file system of the runtime. Deno's own functions take no time to load, unlike `node:fs` (`bench --only=cold`). */
export const files: Files = "Deno" in globalThis ? denoFiles : nodeFiles;
