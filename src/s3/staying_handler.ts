import type { Answer, Step } from "./client_command.ts";

/** The part of the SDK's handler on `fetch` that decides how it calls that. */
interface FetchHandler {
  readonly configProvider: Promise<FetchHandlerConfig>;
  handle(
    request: Step["request"],
    options: { abortSignal: AbortSignal },
  ): Promise<Answer>;
}

interface FetchHandlerConfig {
  readonly requestInit?: (request: unknown) => Record<string, unknown>;
}

/**
 * Makes a function that sends the requests of a client on `fetch` to where they are signed for and
 * nowhere else. `fetch` follows redirects by itself, without a word: a page that answers there would
 * be taken for the service's answer, and an upload that a 303 turned into a GET for a stored object.
 *
 * The client stays as it is. What is changed is a handler that inherits from its own.
 *
 * @param client The client.
 * @param abortSignal Ends a request.
 * @returns `undefined` if the client's handler is another one than the SDK's: those on `node:http` follow nothing.
 */
export function stayingHandler(
  client: unknown,
  abortSignal: AbortSignal,
): ((args: Step) => Promise<Answer>) | undefined {
  const { config } = client as { config?: { requestHandler?: unknown } };
  const own = config?.requestHandler;
  if (!isFetchHandler(own)) return undefined;
  return async ({ request }) => {
    const settings = await own.configProvider;
    const handler: FetchHandler = Object.create(own, {
      config: {
        value: {
          ...settings,
          requestInit: (request: unknown) => ({
            ...settings.requestInit?.(request),
            redirect: "manual",
          }),
        },
      },
    });
    return await handler.handle(request, { abortSignal });
  };
}

/** By the name of its class, so that the SDK is not loaded; not by those that inherit from it, as they may have private members. */
function isFetchHandler(handler: unknown): handler is FetchHandler {
  const { constructor, configProvider } = (handler ?? {}) as {
    constructor?: { name?: unknown };
    configProvider?: unknown;
  };
  return constructor?.name === "FetchHttpHandler" &&
    configProvider instanceof Promise;
}
