import { openObjectStore } from "../../src/open/mod.ts";

/** Uses a store of files; run by a test as a process of its own that may do nothing else. */
const root = await Deno.makeTempDir();
const store = await openObjectStore(`file://${root}`);
await store.writeObject("a", "hello");
console.log(await (await store.readObject("a")).text());
await store.close();
await Deno.remove(root, { recursive: true });
