/**
 * The embedded server, in a process of its own:
 * `deno run -A s3rver_main.ts <port> <directory> <bucket>`.
 *
 * @module
 */

import S3rver from "s3rver";
import { repair } from "./s3rver_repairs.ts";

const [port = "", directory = "", bucket = ""] = Deno.args;
const server = new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  directory,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket }],
});
repair(server, directory);
await server.run();
