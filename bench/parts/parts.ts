import { cold } from "./cold.ts";
import { deploy } from "./deploy.ts";
import { files } from "./files.ts";
import { first } from "./first.ts";
import { imports } from "./imports.ts";
import { https, huge, large } from "./large.ts";
import type { Part } from "./part.ts";
import { requests } from "./requests.ts";
import { small } from "./small.ts";
import { streams } from "./streams.ts";
import { throttled } from "./throttled.ts";

/** All parts, in the order in which they run. */
export const PARTS: readonly Part[] = [
  ...[
    large,
    small,
    first,
    requests,
    streams,
    deploy,
    throttled,
    https,
    huge,
    imports,
    cold,
    files,
  ],
];
