import type { Case } from "../model/case.ts";
import { abtCases } from "./abt/cases.ts";
import { atmCases } from "./atm/cases.ts";
import { bigCases } from "./big/cases.ts";
import { cbCases } from "./cb/cases.ts";
import { clsCases } from "./cls/cases.ts";
import { conCases } from "./concurrency/cases.ts";
import { delCases } from "./del/cases.ts";
import { dstCases } from "./dst/cases.ts";
import { errCases } from "./err/cases.ts";
import { getCases } from "./get/cases.ts";
import { isoCases } from "./iso/cases.ts";
import { lstCases } from "./lst/cases.ts";
import { namCases } from "./nam/cases.ts";
import { ovwCases } from "./ovw/cases.ts";
import { putCases } from "./put/cases.ts";
import { reaCases } from "./rea/cases.ts";
import { tcpCases } from "./tcp/cases.ts";
import { sizCases } from "./siz/cases.ts";
import { trnCases } from "./trn/cases.ts";
import { wriCases } from "./wri/cases.ts";
import { uriCases } from "./uri/cases.ts";

/** Every conformance case of contract 1.1, group by group. */
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
  tcpCases,
  atmCases,
  conCases,
  bigCases,
  namCases,
  abtCases,
  clsCases,
  isoCases,
  lstCases,
  reaCases,
  wriCases,
  delCases,
].flatMap((cases) => cases.toSorted((a, b) => numberOf(a) - numberOf(b)));

function numberOf({ id }: Case): number {
  return Number(id.slice(id.indexOf("-") + 1));
}
