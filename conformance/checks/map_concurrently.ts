/**
 * Yields what `work` makes of each item, as it is ready.
 *
 * @param items The items.
 * @param work What is done with each. It must not reject.
 * @param jobs How many are worked on at once.
 */
export async function* mapConcurrently<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  jobs: number,
): AsyncGenerator<R> {
  const running = new Set<Promise<void>>();
  const ready: R[] = [];
  let next = 0;
  while (next < items.length || running.size > 0 || ready.length > 0) {
    while (running.size < jobs && next < items.length) {
      const task = work(items[next++] as T).then((result) => {
        ready.push(result);
        running.delete(task);
      });
      running.add(task);
    }
    while (ready.length > 0) yield ready.shift() as R;
    if (running.size > 0) await Promise.race(running);
  }
}
