import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The working directory; where `deno task` has changed to the root of this checkout, that in which it was called. */
export function findDirectory(): string {
  const { INIT_CWD } = process.env;
  const here = new URL("../../", import.meta.url);
  if (!INIT_CWD || here.protocol !== "file:") return process.cwd();
  const isRoot = relative(fileURLToPath(here), process.cwd()) === "";
  return isRoot ? INIT_CWD : process.cwd();
}
