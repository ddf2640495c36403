import { assertEquals } from "@std/assert";
import { mountExfat } from "../file_system/exfat.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

const CLI = new URL("../../conformance/cli.ts", import.meta.url);
const HARNESS = new URL("./file_system_harness.ts", import.meta.url);

/** What may be other than `pass`, and why. */
const ALLOWED = new Map([
  ["URI-7", "the store has no secrets"],
  ["ERR-12", "the store has no secrets"],
  ["ERR-5", "no service that could refuse"],
  ["ERR-6", "no bucket that could be missing"],
  ["SIZ-6", "4 GiB: only when it is asked for by name"],
]);
/** Cases that need a file system which only root can mount. */
const NEEDS_MOUNT = ["GET-10", "ATM-10", "OVW-10", "GET-7"];

Deno.test("FileSystemObjectStore passes the conformance suite", async () => {
  await using small = await mountSmall();
  const exfat = await mountExfat();
  try {
    const env = {
      ...small.path ? { OBJECT_STORE_SMALL_DEVICE: small.path } : {},
      ...typeof exfat === "string"
        ? {}
        : { OBJECT_STORE_NO_LINK_DEVICE: exfat.path },
    };
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...[
          "run",
          "-A",
          ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
        ],
        ...[CLI.href, HARNESS.href, "--report", "json"],
      ],
      env,
      stderr: "inherit",
    }).output();
    const results = new TextDecoder().decode(stdout).trim().split("\n")
      .map((line) => JSON.parse(line))
      .filter((record) => record.status !== undefined);
    const bad = results.filter(({ id, status }) =>
      status !== "pass" && !ALLOWED.has(id) &&
      !(status === "unverified" && NEEDS_MOUNT.includes(id))
    );
    for (const { id, status, reason } of results) {
      if (status !== "pass") console.log(`${id} ${status}: ${reason ?? ""}`);
    }
    assertEquals(bad, []);
    assertEquals(results.filter((r) => r.status === "pass").length > 100, true);
  } finally {
    if (typeof exfat !== "string") await exfat[Symbol.asyncDispose]();
  }
});

/** A file system of 8 MiB that may be filled up; without a path where this may not mount one. */
async function mountSmall(): Promise<AsyncDisposable & { path?: string }> {
  const directory = await makeTemporaryDirectory();
  const path = directory.join("small");
  await Deno.mkdir(path);
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return {
    ...success ? { path } : {},
    async [Symbol.asyncDispose]() {
      if (success) await new Deno.Command("umount", { args: [path] }).output();
      await directory[Symbol.asyncDispose]();
    },
  };
}
