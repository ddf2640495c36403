/**
 * The conformance kit: proves a store against the contract, case by case.
 *
 * A store's author writes a {@linkcode Harness} with {@linkcode defineHarness}
 * and runs the cases with {@linkcode runConformance}, or on the command line.
 *
 * @module
 */
export * from "./baseline.ts";
export * from "./capability.ts";
export * from "./case.ts";
export { catalogue } from "./cases/catalogue.ts";
export * from "./harness.ts";
export * from "./result.ts";
export * from "./run.ts";
export type * from "./run_options.ts";
export * from "./select_cases.ts";
export * from "./expect.ts";
export * from "./trace.ts";
export * from "./snapshot.ts";
