import { FaultProxy } from "../../../conformance/mod.ts";

// A proxy in a process of its own: tells its URL, and for each line on standard input what is in use.
await using proxy = await FaultProxy.open(Deno.args[0] ?? "");
console.log(proxy.url);
for await (const _ of Deno.stdin.readable) {
  for (let i = 0; i < 3; i++) {
    // Needs `--v8-flags=--expose-gc`. What it finds is given back a little later.
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external } = Deno.memoryUsage();
  console.log(heapUsed + external);
}
