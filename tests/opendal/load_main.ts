// Stores and reads an object with an operator that the store loads itself.
import { OpendalObjectStore } from "../../src/opendal/mod.ts";

await using store = new OpendalObjectStore({
  scheme: "memory",
  options: {},
  uri: "memory://place",
});
await store.writeObject("a", "loaded");
console.log(await (await store.readObject("a")).text());
