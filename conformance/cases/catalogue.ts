import type { Case } from "../case.ts";
import { abtCases } from "./abt.ts";
import { atmCases } from "./atm.ts";
import { bigCases } from "./big.ts";
import { cbCases } from "./cb.ts";
import { clsCases } from "./cls.ts";
import { conCases } from "./con.ts";
import { dstCases } from "./dst.ts";
import { errCases } from "./err.ts";
import { getCases } from "./get.ts";
import { isoCases } from "./iso.ts";
import { lstCases } from "./lst.ts";
import { namCases } from "./nam.ts";
import { ovwCases } from "./ovw.ts";
import { putCases } from "./put.ts";
import { sizCases } from "./siz.ts";
import { trnCases } from "./trn.ts";
import { uriCases } from "./uri.ts";

/** Every conformance case of contract 1.0, group by group. */
export const catalogue: readonly Case[] = [
  uriCases,
  putCases,
  getCases,
  ovwCases,
  dstCases,
  cbCases,
  sizCases,
  errCases,
  trnCases,
  atmCases,
  conCases,
  bigCases,
  namCases,
  abtCases,
  clsCases,
  isoCases,
  lstCases,
].flatMap((cases) => cases.toSorted((a, b) => numberOf(a) - numberOf(b)));

function numberOf({ id }: Case): number {
  return Number(id.slice(id.indexOf("-") + 1));
}
