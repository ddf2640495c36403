import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import type { Case } from "../../model/case.ts";

/** The case in which something happens: deno tells it for rejections, not for exceptions. */
export const currentCase: AsyncLocalStorage<{
  /** The case. */
  readonly case: Case;
  /** The cases of its run. */
  readonly running: ReadonlyMap<Case, unknown>;
}> = new AsyncLocalStorage();

/** The listeners of the process that are the kit's own. */
export const ownListeners: Set<unknown> = new Set();

/**
 * Listens for rejections that nobody handles and for uncaught exceptions, and
 * keeps them from ending the process.
 *
 * @param onError Told of each.
 * @returns What takes the listeners off.
 */
export function watchRejections(onError: (error: unknown) => void): () => void {
  return globalThis.Deno ? watchGlobal(onError) : watchProcess(onError);
}

/** Listens on the process, which tells it on Node and Bun. */
function watchProcess(onError: (error: unknown) => void): () => void {
  const listener = (error: unknown) => onError(error);
  ownListeners.add(listener);
  process.on("unhandledRejection", listener);
  process.on("uncaughtException", listener);
  return () => {
    process.off("unhandledRejection", listener);
    process.off("uncaughtException", listener);
    ownListeners.delete(listener);
  };
}

function watchGlobal(onError: (error: unknown) => void): () => void {
  function onRejection(event: PromiseRejectionEvent): void {
    event.preventDefault();
    onError(event.reason);
  }
  function onException(event: ErrorEvent): void {
    event.preventDefault();
    onError(event.error);
  }
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onException);
  return () => {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onException);
  };
}
