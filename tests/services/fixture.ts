import type { CaseResult } from "../../conformance/mod.ts";
import { toCells } from "./cells.ts";
import type { JudgedRun } from "./results.ts";

/** A contract of two headings, as the page reads it. */
export const CONTRACT = `# The contract

## Object names

1. <a id="clause-1"></a>A name.

## No clauses here

## getUri

5. <a id="clause-5"></a>Static.
6. <a id="clause-6"></a>Exact.
`;

/** A result of a case that passed, unless told otherwise. */
export function resultOf(
  id: string,
  clause: number,
  changes: Partial<CaseResult> = {},
): CaseResult {
  return {
    ...{ id, group: id.split("-")[0] ?? "", title: `title of ${id}` },
    ...{ clauses: [clause], level: "must", status: "pass" },
    ...{ durationMs: 1, seed: "seed" },
    ...changes,
  };
}

/** A result of a case that failed and breaks a clause. */
export function failureOf(
  id: string,
  clause: number,
  changes: Partial<CaseResult> = {},
): CaseResult {
  const failure = {
    ...{ expected: "one thing", observed: "another" },
    ...{ clause, evidence: [] },
  };
  return resultOf(id, clause, { status: "fail", failure, ...changes });
}

/** A run of a store on a service. */
export function runOf(
  results: readonly CaseResult[],
  changes: Partial<JudgedRun> = {},
): JudgedRun {
  return {
    ...{ type: "run", id: "minio/S3ObjectStore", service: "MinIO" },
    ...{ store: "S3ObjectStore", kind: "bundled" },
    ...{ date: "2026-11-27T19:30:00Z", commit: "abc1234", machine: "linux" },
    ...{ serviceVersion: "MinIO 1", clientVersion: "ours 1" },
    ...{ verdict: "conformant", results, cells: toCells(results) },
    ...changes,
  };
}
