import { assertEquals, assertRejects } from "@std/assert";
import {
  readText,
  startProcess,
} from "../../../conformance/language/start_process.ts";

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "startProcess() passes on what a process prints and how it ends",
  ignore,
  async fn() {
    const child = startProcess("sh", ["-c", "echo out; echo err >&2; exit 3"]);
    const texts = [readText(child.stdout), readText(child.stderr)];
    assertEquals(await Promise.all(texts), ["out\n", "err\n"]);
    assertEquals(await child.status, { code: 3, signal: null });
  },
});

Deno.test({
  name: "startProcess() leaves the pipes open when it sends a signal",
  ignore,
  async fn() {
    const script = 'trap "" TERM; echo ready; read line; echo "got $line"';
    const child = startProcess("sh", ["-c", script]);
    let printed = "";
    for await (const piece of child.stdout) {
      printed += new TextDecoder().decode(piece);
      if (printed !== "ready\n") continue;
      child.kill("SIGTERM");
      await child.write("more\n");
    }
    assertEquals(printed, "ready\ngot more\n");
    assertEquals(await child.status, { code: 0, signal: null });
    child.kill("SIGKILL");
  },
});

Deno.test("startProcess() rejects where there is no such program", async () => {
  const child = startProcess("/no/such/program", []);
  await assertRejects(() => child.started);
  await assertRejects(() => child.status);
  child.kill("SIGKILL");
});
