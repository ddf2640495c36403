/**
 * A store in any service that Apache OpenDAL speaks to.
 *
 * @module
 */
export {
  type OpendalCommonOptions,
  OpendalObjectStore,
  type OpendalObjectStoreOptions,
  type OpendalOperatorOptions,
  type OpendalSchemeOptions,
} from "./store.ts";
export type {
  OperatorCapability,
  OperatorEntry,
  OperatorLike,
  OperatorLister,
  OperatorMetadata,
  OperatorReader,
  OperatorWriter,
  SignedRequest,
} from "./operator.ts";
export type { Limitation } from "./services.ts";
