import type { Case } from "../../model/case.ts";
import { inOrder } from "../shared/in_order.ts";
import { trnAfterwardsCases } from "./afterwards.ts";
import { trnBodyCases } from "./body.ts";
import { trnCertificateCases } from "./certificates.ts";
import { trnConnectionCases } from "./connection.ts";
import { trnEndlessCases } from "./endless.ts";
import { trnLimitsCases } from "./limits.ts";
import { trnNoEndCases } from "./no_end.ts";
import { trnPackedCases } from "./packed.ts";
import { trnPieceCases } from "./piece.ts";
import { trnProxyCases } from "./proxy.ts";
import { trnRangeCases } from "./ranges.ts";
import { trnRecoveryCases } from "./recovery.ts";
import { trnRedirectCases } from "./redirects.ts";
import { trnRefusedCases } from "./refused.ts";
import { trnSlowCases } from "./slow.ts";
import { trnSlowUploadCases } from "./slow_upload.ts";
import { trnSilentPowerCases } from "./silent_powers.ts";
import { trnStatusCases } from "./status.ts";
import { trnSweepCases } from "./sweep.ts";
import { trnTextCases } from "./texts.ts";
import { trnUploadCases } from "./upload.ts";

/** Group TRN: what is worth trying again, and what is then left. */
export const trnCases: readonly Case[] = inOrder(
  trnTextCases,
  trnStatusCases,
  trnConnectionCases,
  trnBodyCases,
  trnUploadCases,
  trnRecoveryCases,
  trnSweepCases,
  trnLimitsCases,
  trnRefusedCases,
  trnSlowCases,
  trnPieceCases,
  trnRangeCases,
  trnEndlessCases,
  trnPackedCases,
  trnSlowUploadCases,
  trnCertificateCases,
  trnRedirectCases,
  trnAfterwardsCases,
  trnNoEndCases,
  trnProxyCases,
  trnSilentPowerCases,
);
