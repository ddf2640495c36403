import { join } from "@std/path/join";
import type { Case, CaseContext, Patience } from "../model/case.ts";
import { CaseStop, failed } from "../model/case_stop.ts";
import type { HarnessContext } from "../model/harness.ts";
import { tooSlow } from "./case_findings.ts";
import * as objects from "./context_objects.ts";
import { expectationOf } from "./name_expectation.ts";
import type { ObjectStore } from "../../src/object_store.ts";
import { describeCall } from "./watch/recorder.ts";
import type { RunState } from "./run_state.ts";
import { seededBytes, seededHex } from "./seed.ts";
import { findChangedGlobals } from "./watch/watch_globals.ts";
import type { PlaceOptions, Workspace } from "./workspace.ts";

const DEFAULT_GRANULARITY = 1024 * 1024;

/** Makes what a case works with. Its store is open already. */
export function makeContext(
  run: RunState,
  c: Case,
  workspace: Workspace,
  store: ObjectStore,
): CaseContext {
  const { harness, memory } = run;
  const { recorder, residue, root, scratch, patience } = workspace;
  const key = `${run.seed}\n${c.id}`;
  let names = 0;
  let files = 0;
  let checking: Promise<ObjectStore> | undefined;

  const capabilities = harness.capabilities ?? ["flat"];
  const { largestTried = Infinity } = memory.pace ?? {};
  const { largestObject = Infinity } = harness.limits ?? {};
  const limits = {
    progressGranularity: DEFAULT_GRANULARITY,
    ...harness.limits,
    largestObject: Math.min(largestObject, largestTried),
  };
  const fail: CaseContext["fail"] = (details) => failed(c, details);
  // One more handle for the kit's own checks, which the case cannot close.
  const openForChecking = () =>
    capabilities.includes("reopen") ? checking ??= workspace.open() : undefined;
  const newFile = (label: string) => join(scratch, `${label}-${++files}`);

  const ctx: CaseContext = {
    id: c.id,
    store,
    place: workspace.placeOf(),
    limits,
    wire: workspace.httpWire,
    tcp: workspace.tcpWire,
    oracle: harness.oracle,
    secrets: harness.secrets ?? [],
    get storePid() {
      return workspace.lease?.process?.pid;
    },
    devices: {
      otherDevice: harness.otherDevice,
      smallDevice: harness.smallDevice,
      noLinkDevice: harness.noLinkDevice,
    },
    root,
    scratch,
    at(...segments) {
      const path = [root, ...segments].join("/");
      residue.announce(path);
      return path;
    },
    allowResidue: (matches) => residue.allow(matches),
    isSlow: largestTried < largestObject,
    has: (capability) => capabilities.includes(capability),
    expectName: (name) => expectationOf(name, harness),

    open: (options = {}) => handled(open(options)),
    placeOf: (options): HarnessContext => workspace.placeOf(options),
    secondHandle: () =>
      capabilities.includes("reopen")
        ? handled(workspace.open())
        : Promise.resolve(store),
    openSpecial: (member) => handled(openSpecial(member)),
    openAt: (url) => handled(openAt(url)),
    openTrusting: (url, caCerts) =>
      handled(workspace.openTrusting(url, caCerts)),
    bare: (recorded) => recorder.bare(recorded),

    bytes(size, salt = 0) {
      const length = Math.min(size, limits.largestObject);
      patience.expectBytes(length);
      return seededBytes(length, key, salt);
    },
    name(label = "object") {
      // The digits at the end keep one name from being the beginning of another.
      const number = ++names;
      return `${label}-${number}-${seededHex(`${key}\n${label}\n${number}`)}`;
    },
    source: (bytes) => handled(objects.writeSource(newFile("source"), bytes)),
    given: (name, bytes, into = store) =>
      handled(objects.given(ctx, newFile("source"), name, bytes, into)),
    upload: (name, bytes, options, into = store) =>
      handled(
        objects.upload(newFile("source"), name, bytes, options, into),
      ),
    fetch: (name, from = store) =>
      handled(objects.fetch(ctx, newFile("fetched"), name, from)),
    download: (name, filename, options, from = store) =>
      handled(
        options === undefined
          ? from.downloadObject(name, filename)
          : from.downloadObject(name, filename, options),
      ),
    expectObject: (name, bytes, what) =>
      handled(expectObject(name, bytes, what)),
    expectNoObject: (name, what) =>
      handled(objects.expectNoObject(ctx, newFile("fetched"), name, what)),

    async child(input, options = {}) {
      const child = workspace.startChild(input, options);
      await child.started();
      return child;
    },
    within: (ms, promise, what, patience) =>
      handled(within(ms, promise, what, patience)),
    errorsSeen: memory.errorsSeen,
    unhandled: memory.unhandled,
    globalsChanged: () => findChangedGlobals(memory.globals),

    fail,
    unverified: (reason) => new CaseStop("unverified", reason),
    skip: (reason) => new CaseStop("skip", reason),
    broken: (reason) => new CaseStop("error", reason),
  };
  return ctx;

  async function open(options: PlaceOptions): Promise<ObjectStore> {
    const isOwn = !options.segment && !options.sibling;
    if (isOwn && !capabilities.includes("reopen")) {
      throw new CaseStop("skip", "the harness does not declare 'reopen'");
    }
    return await workspace.open(options);
  }

  async function openSpecial(
    member: "openMissingBucket" | "openForbidden",
  ): Promise<ObjectStore> {
    if (harness[member] === undefined) {
      throw new CaseStop("unverified", `the harness gives no '${member}'`);
    }
    return await workspace.open({}, member);
  }

  async function openAt(url: string): Promise<ObjectStore> {
    if (harness.openAt === undefined) {
      throw new CaseStop("unverified", "the harness gives no 'openAt'");
    }
    return await workspace.openAt(url);
  }

  async function expectObject(
    name: string,
    bytes: Uint8Array,
    what: string,
  ): Promise<void> {
    const path = newFile("fetched");
    await objects.expectStored(ctx, store, path, name, bytes, what);
    const second = await openForChecking();
    if (second !== undefined) {
      const through = `${what}, through a second handle`;
      await objects.expectStored(ctx, second, path, name, bytes, through);
    }
    await objects.expectInOracle(ctx, name, bytes, what);
  }

  async function within<T>(
    ms: number,
    promise: Promise<T>,
    what: string,
    how: Patience = "while-moving",
  ): Promise<T> {
    const isLimit = how !== "while-moving";
    const time = how === "exact" ? ms : patience.scale(ms);
    const end = await patience.wait(ms, promise, how);
    if (end === "settled") return await promise;
    const pending = recorder.pending.map(describeCall);
    if (end === "slow") throw tooSlow(pending);
    throw fail({
      expected: isLimit
        ? `${what} within ${time} ms`
        : `${what}, or something moves within ${time} ms`,
      observed: isLimit
        ? "it is still pending"
        : "it is still pending, and no byte, file or call has moved",
      evidence: [{ title: "operations that have not settled", lines: pending }],
    });
  }
}

/** A case that ends early does not wait for what it has begun: that is no unhandled rejection. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
