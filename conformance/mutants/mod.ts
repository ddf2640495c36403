import type { Mutant } from "./mutant.ts";
import { abtMutants } from "./abt.ts";
import { cbMutants } from "./cb.ts";
import { cbFailureMutants } from "./cb_failures.ts";
import { clsMutants } from "./cls.ts";
import { conMutants } from "./con.ts";
import { getMutants } from "./get.ts";
import { putMutants } from "./put.ts";
import { sizMutants } from "./siz.ts";
import { uriMutants } from "./uri.ts";

/** Every mutant, group by group of the cases that it is for. */
export const mutants: readonly Mutant[] = [
  ...uriMutants,
  ...putMutants,
  ...getMutants,
  ...cbMutants,
  ...cbFailureMutants,
  ...sizMutants,
  ...conMutants,
  ...abtMutants,
  ...clsMutants,
];
