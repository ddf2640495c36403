import { cold } from "./cold.ts";
import { deploy } from "./deploy.ts";
import { distance, distanceHttps } from "./distance.ts";
import { files } from "./files.ts";
import { first } from "./first.ts";
import { imports } from "./imports.ts";
import { https, huge, large, memory } from "./large.ts";
import { listing, listingFiles } from "./listing.ts";
import type { Part } from "./part.ts";
import { requests } from "./requests.ts";
import { services } from "./services.ts";
import { small } from "./small.ts";
import { smallFar, smallFarHttps } from "./small_far.ts";
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
    distance,
    smallFar,
    https,
    distanceHttps,
    smallFarHttps,
    huge,
    memory,
    listing,
    listingFiles,
    imports,
    cold,
    files,
    services,
  ],
];
