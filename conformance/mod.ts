/**
 * The conformance kit: proves a store against the contract, case by case.
 *
 * A store's author writes a {@linkcode Harness} with {@linkcode defineHarness}
 * and runs the cases with {@linkcode runConformance}, or on the command line.
 * {@linkcode FaultProxy} breaks the network of a store, also in tests of your
 * own.
 *
 * @module
 */
export {
  applyBaseline,
  type Baseline,
  type BaselineEntry,
  parseBaseline,
} from "./baseline.ts";
export { CAPABILITIES, type Capability } from "./capability.ts";
export type {
  Case,
  CaseContext,
  ChildContext,
  ChildHandle,
  ChildOptions,
  FailureDetails,
  Need,
  SeenError,
  UnhandledError,
} from "./case.ts";
export { catalogue } from "./cases/catalogue.ts";
export { CLAUSES } from "./clauses.ts";
export { describeError, isStoreError } from "./error_chain.ts";
export * from "./expect.ts";
export type {
  AnswerPoint,
  Dialect,
  FaultAction,
  FaultMatch,
  FaultRule,
  InjectedFaults,
  Meter,
  Wire,
  WireExchange,
  WireRequest,
} from "./faults/fault.ts";
export { FaultProxy, type FaultProxyOptions } from "./faults/fault_proxy.ts";
export { s3Dialect } from "./faults/s3_dialect.ts";
export {
  defineHarness,
  type Harness,
  type HarnessContext,
  type HarnessCredentials,
  type HarnessLimits,
  type HarnessTls,
  type Oracle,
} from "./harness.ts";
export type { ReportRecord } from "./report/json.ts";
export type {
  CaseResult,
  Evidence,
  FailureReport,
  Level,
  Status,
} from "./result.ts";
export { runConformance } from "./run.ts";
export type { RunEvent, RunOptions } from "./run_options.ts";
export type { Selection } from "./select_cases.ts";
export { expectUntouched, snapshot } from "./snapshot.ts";
export { testObjectStore, type TestOptions } from "./test_object_store.ts";
export {
  expectTrace,
  type Trace,
  type TraceCall,
  traceCalls,
} from "./trace.ts";
export {
  judge,
  STATUSES,
  type Verdict,
  type VerdictOptions,
} from "./verdict.ts";
export type {
  DownloadOptions,
  ObjectStore,
  OperationOptions,
  TransferCallback,
  UploadOptions,
} from "../src/object_store.ts";
