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
} from "./runner/baseline.ts";
export { CAPABILITIES, type Capability } from "./model/capability.ts";
export type {
  Case,
  CaseContext,
  ChildContext,
  ChildHandle,
  ChildOptions,
  FailureDetails,
  Need,
  Patience,
  ProcessChange,
  SeenError,
  UnhandledError,
} from "./model/case.ts";
export { catalogue } from "./cases/catalogue.ts";
export { CLAUSES, clauseUrl, CONTRACT_VERSION } from "./model/clauses.ts";
export { describeError, isStoreError } from "./checks/error_chain.ts";
export {
  checkCode,
  expect,
  expectBytes,
  expectCode,
  expectEqual,
  expectLocalError,
  type ExpectOptions,
  expectReason,
  expectRejection,
  type RejectionOptions,
} from "./checks/expect.ts";
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
export type {
  TcpAction,
  TcpPoint,
  TcpRule,
  TcpTurn,
  TcpWire,
} from "./faults/tcp_fault.ts";
export { TcpFaultProxy } from "./faults/tcp_fault_proxy.ts";
export { FaultProxy, type FaultProxyOptions } from "./faults/fault_proxy.ts";
export { azureBlobDialect } from "./faults/azure_blob_dialect.ts";
export { gcsDialect } from "./faults/gcs_dialect.ts";
export { s3Dialect } from "./faults/s3_dialect.ts";
export { defineHarness } from "./model/define_harness.ts";
export { CommandError } from "./language/connect.ts";
export type {
  CommandHarness,
  Harness,
  HarnessContext,
  HarnessCredentials,
  HarnessLimits,
  HarnessTls,
  Oracle,
} from "./model/harness.ts";
export {
  type Cause,
  diagnose,
  type Diagnosis,
  type OtherCause,
} from "./diagnosis/diagnose.ts";
export type { Signature } from "./diagnosis/find_faults.ts";
export type { SeenAlike } from "./diagnosis/group_seen.ts";
export type { StorePace } from "./model/pace.ts";
export type { ReportRecord } from "./report/json.ts";
export type {
  CaseResult,
  Evidence,
  FailureReport,
  Level,
  Status,
} from "./model/result.ts";
export type { LeftoverPlace } from "./runner/manifest.ts";
export { runConformance } from "./runner/run.ts";
export type { RunEvent, RunOptions } from "./runner/run_options.ts";
export type { Selection } from "./runner/select_cases.ts";
export { expectUntouched, snapshot } from "./checks/snapshot.ts";
export {
  type ConformanceTest,
  testObjectStore,
  type TestOptions,
} from "./test_object_store.ts";
export {
  expectTrace,
  type Trace,
  type TraceCall,
  traceCalls,
} from "./checks/trace.ts";
export { judge } from "./runner/judge_run.ts";
export {
  STATUSES,
  type Verdict,
  type VerdictOptions,
} from "./model/verdict.ts";
