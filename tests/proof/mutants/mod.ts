import type { Mutant } from "./mutant.ts";
import { abtMutants } from "./abt.ts";
import { alikeMutants } from "./alike.ts";
import { atmMutants } from "./atm.ts";
import { bigMutants } from "./big.ts";
import { blindMutants } from "./blind.ts";
import { byTheWayMutants } from "./by_the_way.ts";
import { cbMutants } from "./cb.ts";
import { clsMutants } from "./cls.ts";
import { conMutants } from "./concurrency.ts";
import { delMutants } from "./del.ts";
import { dstMutants } from "./dst.ts";
import { edgeMutants } from "./edges.ts";
import { edgeWireMutants } from "./edges_wire.ts";
import { errMutants } from "./err.ts";
import { getMutants } from "./get.ts";
import { isoMutants } from "./iso.ts";
import { landingMutants } from "./landings.ts";
import { lookAlikes } from "./look_alikes.ts";
import { lstMutants } from "./lst.ts";
import { momentMutants } from "./moments.ts";
import { namMutants } from "./nam.ts";
import { namFallBackMutants } from "./nam_fall_backs.ts";
import { ovwMutants } from "./ovw.ts";
import { ovwDeviceMutants } from "./ovw_device.ts";
import { putMutants } from "./put.ts";
import { putKindMutants } from "./put_kinds.ts";
import { reaMutants } from "./rea.ts";
import { rememberedMutants } from "./remembered.ts";
import { sizMutants } from "./siz.ts";
import { sizLargeMutants } from "./siz_large.ts";
import { slotMutants } from "./slots.ts";
import { tcpMutants } from "./tcp.ts";
import { trnMutants } from "./trn.ts";
import { wriMutants } from "./wri.ts";
import { uriMutants } from "./uri.ts";
import { wireDestinationMutants } from "./wire_destination.ts";
import { wireEndMutants } from "./wire_ends.ts";
import { wireErrorMutants } from "./wire_errors.ts";
import { wireObjectMutants } from "./wire_objects.ts";
import { wireOnceMutants } from "./wire_once.ts";
import { wireProgressMutants } from "./wire_progress.ts";

/** Every mutant, group by group of the cases that it is for. */
export const mutants: readonly Mutant[] = [
  ...uriMutants,
  ...putMutants,
  ...putKindMutants,
  ...getMutants,
  ...ovwMutants,
  ...ovwDeviceMutants,
  ...landingMutants,
  ...dstMutants,
  ...cbMutants,
  ...sizMutants,
  ...sizLargeMutants,
  ...errMutants,
  ...trnMutants,
  ...tcpMutants,
  ...atmMutants,
  ...conMutants,
  ...bigMutants,
  ...namMutants,
  ...namFallBackMutants,
  ...momentMutants,
  ...abtMutants,
  ...clsMutants,
  ...isoMutants,
  ...lstMutants,
  ...rememberedMutants,
  ...byTheWayMutants,
  ...reaMutants,
  ...wriMutants,
  ...delMutants,
  ...alikeMutants,
  ...slotMutants,
  ...edgeMutants,
  ...edgeWireMutants,
  ...lookAlikes,
  ...blindMutants,
  ...wireObjectMutants,
  ...wireOnceMutants,
  ...wireDestinationMutants,
  ...wireProgressMutants,
  ...wireErrorMutants,
  ...wireEndMutants,
];
