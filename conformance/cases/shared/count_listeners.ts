/** A count of the listeners on a signal. */
export interface ListenerCount {
  /** Counts how many "abort" listeners are on the signal now, `onabort` included. */
  count(): number;
}

/**
 * Counts the listeners of a signal from now on, by replacing the methods of
 * this one instance. What follows the signal by other ways, as
 * `AbortSignal.any()` does, is held weakly and not counted.
 *
 * @param signal The signal; it must not fire while it is counted.
 */
export function countListeners(signal: AbortSignal): ListenerCount {
  const listeners: { listener: unknown; capture: boolean }[] = [];
  const remove = (listener: unknown, capture: boolean) => {
    const index = listeners.findIndex((entry) =>
      entry.listener === listener && entry.capture === capture
    );
    if (index !== -1) listeners.splice(index, 1);
  };
  const add = signal.addEventListener.bind(signal);
  const take = signal.removeEventListener.bind(signal);
  Object.defineProperties(signal, {
    addEventListener: {
      value(
        type: string,
        listener: EventListenerOrEventListenerObject | null,
        options?: boolean | AddEventListenerOptions,
      ) {
        if (type === "abort" && listener !== null) {
          const capture = isCapture(options);
          const ends = typeof options === "object" ? options.signal : undefined;
          if (!ends?.aborted) {
            remove(listener, capture);
            listeners.push({ listener, capture });
          }
          ends?.addEventListener("abort", () => remove(listener, capture));
        }
        add(type, listener as EventListenerOrEventListenerObject, options);
      },
    },
    removeEventListener: {
      value(
        type: string,
        listener: EventListenerOrEventListenerObject | null,
        options?: boolean | EventListenerOptions,
      ) {
        if (type === "abort") remove(listener, isCapture(options));
        take(type, listener as EventListenerOrEventListenerObject, options);
      },
    },
  });
  return { count: () => listeners.length + (signal.onabort ? 1 : 0) };
}

function isCapture(
  options: boolean | { capture?: boolean } | undefined,
): boolean {
  return typeof options === "object"
    ? Boolean(options.capture)
    : Boolean(options);
}
