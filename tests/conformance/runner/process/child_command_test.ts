import { assertEquals } from "@std/assert";
import { resolve } from "node:path";
import {
  findModuleArguments,
  joinArguments,
} from "../../../../conformance/runner/process/child_command.ts";

Deno.test("findModuleArguments() takes over what decides how modules are found, and nothing else", () => {
  const words =
    "deno run -A --quiet --unstable-kv --cached-only --import-map map.json -c=deno.json --node-modules-dir=auto main.ts"
      .split(" ");
  assertEquals(findModuleArguments(words), [
    "--unstable-kv",
    "--cached-only",
    "--import-map",
    resolve("map.json"),
    "-c",
    resolve("deno.json"),
    "--node-modules-dir=auto",
  ]);
});

Deno.test("findModuleArguments() leaves URLs as they are", () => {
  const url = "https://example.com/map.json";
  assertEquals(findModuleArguments(["deno", `--import-map=${url}`]), [
    "--import-map",
    url,
  ]);
});

Deno.test("joinArguments() keeps the flags that the variable does not speak of", () => {
  const own = ["--unstable-kv", "--import-map", "/a.json", "--no-config"];
  assertEquals(joinArguments(own, ["--import-map=file:///b.json"]), [
    "--unstable-kv",
    "--no-config",
    "--import-map=file:///b.json",
  ]);
  assertEquals(joinArguments(own, ["--config", "/deno.json"]), [
    "--unstable-kv",
    "--import-map",
    "/a.json",
    "--config",
    "/deno.json",
  ]);
  assertEquals(joinArguments(own, []), own);
});
