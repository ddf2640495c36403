/** A signal that is aborted as soon as one of several is, until it is released. */
export interface CombinedSignal {
  /** The signal; `undefined` if there was none to combine, the very one if there was one. */
  readonly signal: AbortSignal | undefined;
  /** Takes every listener off. */
  release(): void;
}

/**
 * Combines signals so that nothing is left on them afterwards, which
 * `AbortSignal.any()` does not promise for long-lived ones.
 *
 * @param signals The signals; what is `undefined` does not count.
 */
export function combineSignals(
  ...signals: (AbortSignal | undefined)[]
): CombinedSignal {
  const sources = new Set(signals.filter((signal) => signal !== undefined));
  if (sources.size < 2) {
    const [signal] = sources;
    return { signal, release() {} };
  }

  const controller = new AbortController();
  function onAbort(this: AbortSignal): void {
    controller.abort(this.reason);
  }
  for (const source of sources) {
    if (source.aborted) controller.abort(source.reason);
    source.addEventListener("abort", onAbort);
  }
  return {
    signal: controller.signal,
    release() {
      for (const source of sources) {
        source.removeEventListener("abort", onAbort);
      }
    },
  };
}
