/**
 * A capability that a store may lack without breaking the contract; the list is closed.
 *
 * - `flat`: `a` and `a/b` may both exist (clause 3)
 * - `reopen`: `open` with an equal prefix reaches the same objects
 * - `list`: the store is a `ListableObjectStore`
 * - `read`: the store is a `ReadableObjectStore` (clauses 31 and 32)
 * - `write`: the store is a `WritableObjectStore` (clause 33)
 * - `delete`: the store is a `DeletableObjectStore` (clause 34)
 * - `process`: another process can open the same objects
 * - `streaming`: memory stays bounded whatever the object's size (clause 27)
 * - `large`: objects of more than 4 GiB
 * - `checksum`: the service gives a checksum, and the store verifies it (clause 25)
 * - `authz`: the harness can open the store without permission
 * - `bucket`: the harness can open the store on a missing bucket
 */
export type Capability = (typeof CAPABILITIES)[number];

/** The method that a store has for an optional power, by the capability that declares it. */
export const METHOD_OF: Readonly<Partial<Record<Capability, string>>> = {
  list: "listObjects",
  read: "readObject",
  write: "writeObject",
  delete: "deleteObject",
};

/** Every {@linkcode Capability}. */
export const CAPABILITIES: readonly [
  "flat",
  "checksum",
  "authz",
  "bucket",
  "process",
  "large",
  "list",
  "read",
  "write",
  "delete",
  "reopen",
  "streaming",
] = [
  "flat",
  "checksum",
  "authz",
  "bucket",
  "process",
  "large",
  "list",
  "read",
  "write",
  "delete",
  "reopen",
  "streaming",
];
