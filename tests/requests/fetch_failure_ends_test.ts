import { assertEquals } from "@std/assert";
import { explainFetchError } from "../../src/requests/fetch_failure.ts";

Deno.test("explainFetchError() looks at the host and the port of the URL, and at 443 without one", async () => {
  const proxy = Deno.env.get("HTTPS_PROXY");
  const { connect } = Deno;
  const looked: string[] = [];
  Deno.env.delete("HTTPS_PROXY");
  function refuse({ hostname, port }: Deno.ConnectOptions) {
    looked.push(`${hostname} ${port}`);
    return Promise.reject(new Error("no network here"));
  }
  Object.assign(Deno, { connect: refuse });
  try {
    for (const url of ["https://name.invalid/a", "https://[::1]:8443/a"]) {
      await explainFetchError(new TypeError("fetch failed"), url);
    }
  } finally {
    Deno.connect = connect;
    if (proxy !== undefined) Deno.env.set("HTTPS_PROXY", proxy);
  }
  assertEquals(looked, ["name.invalid 443", "::1 8443"]);
});
