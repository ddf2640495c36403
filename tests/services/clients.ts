import type { PlannedRun } from "./run.ts";
export function findClients(): Promise<PlannedRun[]> {
  return Promise.resolve([]);
}
