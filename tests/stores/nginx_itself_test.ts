import { assertEquals, assertMatch } from "@std/assert";
import {
  explainMissingServices,
  startService,
} from "../../tools/services/mod.ts";

const reason = (await explainMissingServices()).get("webdav");

Deno.test({
  name:
    `nginx keeps a file whose name begins with a dot and does not list it (LST-2), and lists no ETag (REA-15)${
      reason === undefined ? "" : ` (${reason})`
    }`,
  ignore: reason !== undefined,
  async fn() {
    await using service = await startService("webdav");
    const ask = (path: string, init?: RequestInit) =>
      fetch(`${service.upstream}/${path}`, init);
    for (const path of [".tmp", "plain"]) {
      const stored = await ask(path, { method: "PUT", body: path });
      await stored.body?.cancel();
      const given = await ask(path);
      assertEquals(await given.text(), path);
    }
    const listing = await ask("", {
      method: "PROPFIND",
      headers: { depth: "1" },
    });
    const text = await listing.text();
    const paths = [...text.matchAll(/<D:href>(.*?)<\/D:href>/g)];
    assertEquals(paths.map(([, path]) => path), ["/", "/plain"]);
    assertMatch(text, /getcontentlength/);
    assertEquals(text.includes("getetag"), false);
  },
});
