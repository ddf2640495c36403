import { lookup } from "node:dns/promises";
import { join } from "@std/path/join";
import type { ObjectStore } from "../../../src/object_store.ts";
import type { CaseContext } from "../../model/case.ts";
import { describeError, isTransientError } from "../../checks/error_chain.ts";
import { checkCode, errorChain, expect, settle } from "../../checks/expect.ts";
import { quiet } from "../shared/transfers.ts";
import { startTlsEof, startUntrusted } from "./bad_servers.ts";
import { SMALL } from "../shared/wire_operations.ts";
import { patienceOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** A name that no resolver knows (RFC 2606). */
const NO_HOST = "name.invalid";

/**
 * Opens the store where no service is, with the harness's `openAt`.
 *
 * @returns What could not be checked.
 */
export async function checkOtherServers(
  ctx: CaseContext,
): Promise<Set<string>> {
  const gaps = new Set<string>();
  const check = async (url: string, what: string, isTransient: boolean) => {
    const opened = await settle(ctx.openAt(url));
    if (opened.status === "rejected") {
      gaps.add(`no store ${what}: ${(opened.reason as Error).message}`);
    } else await checkStore(ctx, opened.value, what, isTransient);
  };
  if ((await settle(lookup(NO_HOST))).status === "rejected") {
    await check(`http://${NO_HOST}`, "on a host that does not exist", true);
  } else gaps.add(`this network knows a host "${NO_HOST}"`);
  {
    await disposeAfter(await startTlsEof(), async (server) => {
      const what = "while TLS handshakes end in the middle";
      await check(server.url, what, true);
    });
  }
  return await disposeAfter(
    await startUntrusted(ctx.scratch),
    async (server) => {
      const what = "with a certificate that nobody trusts";
      if (server) await check(server.url, what, false);
      else gaps.add("no 'openssl' for a certificate that nobody trusts");
      return gaps;
    },
  );
}

async function checkStore(
  ctx: CaseContext,
  store: ObjectStore,
  what: string,
  isTransient: boolean,
): Promise<void> {
  const bytes = ctx.bytes(SMALL);
  const path = join(ctx.root, ctx.name("none"), "file.bin");
  const operations = {
    getObjectSize: quiet(store.getObjectSize(ctx.name())),
    "the upload": ctx.upload(ctx.name(), bytes, {}, store),
    "the download": ctx.download(ctx.name(), path, {}, store),
  };
  for (const [operation, promise] of Object.entries(operations)) {
    const failing = `${operation} ${what}`;
    const outcome = await ctx.within(
      patienceOf(ctx),
      settle<unknown>(promise),
      failing,
      "scaled",
    );
    expect(ctx, outcome.status === "rejected", {
      expected: `${failing} rejects`,
      observed: "it fulfilled",
    });
    const { reason } = outcome;
    if (isTransient) checkCode(ctx, reason, "TRANSIENT", failing);
    else {
      expect(ctx, !isTransientError(reason), {
        expected: `${failing} rejects with something else than TRANSIENT`,
        observed: `it rejected with ${describeError(reason)[0]}`,
        evidence: [errorChain(reason)],
      });
    }
  }
}
