/** A fresh name of a temporary file: `.object-store-<32 hex digits>.tmp`. It does not depend on the target's, which may be as long as the system allows. */
export function temporaryName(): string {
  return `.object-store-${crypto.randomUUID().replaceAll("-", "")}.tmp`;
}
