import { type Agent, request as send, type RequestOptions } from "node:http";

/** What a client of `node:http` sees of a request. */
export interface Seen {
  /** The answer's status, if its head came. */
  status?: number;
  /** Its headers. */
  headers?: Record<string, unknown>;
  /** As much of its body as came. */
  body: string;
  /** The code of the error that ended it. */
  code?: string;
  /** Whether `100 Continue` came. */
  continued?: true;
}

/** A client of `node:http` that opens a connection for each request, so that nothing is tried again. */
export function ask(
  url: string,
  { method = "GET", headers = {}, body, agent = false }: {
    method?: string;
    headers?: Record<string, string | number>;
    body?: Uint8Array | string;
    agent?: Agent | false;
  } = {},
): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: Seen = { body: "" };
    const done = (error?: unknown) => {
      const code = (error as { code?: string } | undefined)?.code;
      if (code !== undefined) seen.code ??= code;
      resolve(seen);
    };
    // A URL object would change the path.
    const [, hostname, port, path = ""] =
      url.match(/^http:\/\/([^:/]+):(\d+)(.*)$/) ?? [];
    const options = {
      ...{ hostname, port, path: path || "/" },
      ...{ method, headers, agent },
    } as RequestOptions;
    const request = send(options, (response) => {
      seen.status = response.statusCode!;
      seen.headers = response.headers;
      response.on("data", (chunk) => seen.body += `${chunk}`);
      response.on("end", () => done());
      response.on("error", done);
      response.on("close", () => done());
    });
    request.on("error", done);
    request.on("close", () => seen.status === undefined && done());
    if (headers.expect === undefined) request.end(body);
    else {
      request.flushHeaders();
      request.on("continue", () => {
        seen.continued = true;
        request.end(body);
      });
    }
  });
}

/** What `fetch` sees, on a connection of its own. */
export async function fetchOnce(
  url: string,
  init: RequestInit = {},
): Promise<{ status?: number; body?: string; error?: Error }> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const answer: { status?: number; body?: string; error?: Error } = {};
  try {
    const response = await fetch(url, { ...init, client });
    answer.status = response.status;
    answer.body = await response.text();
  } catch (error) {
    answer.error = error as Error;
  }
  return answer;
}
