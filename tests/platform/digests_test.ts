import { assertEquals } from "@std/assert";
import {
  makeNodeDigests,
  makeWebDigests,
  toHex,
} from "../../src/platform/digests.ts";

Deno.test("both digests compute the published sums", async () => {
  for (const digests of [makeWebDigests(), await makeNodeDigests()]) {
    // The example of FIPS 180-2, and the second of RFC 4231.
    assertEquals(
      toHex(await digests.sha256("abc")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    const key = new TextEncoder().encode("Jefe");
    for (let turn = 0; turn < 2; turn++) {
      assertEquals(
        toHex(await digests.hmac(key, "what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      );
    }
    assertEquals(
      toHex(await digests.sha256("é")),
      "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
    );
  }
});
