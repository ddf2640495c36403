import {
  AnswerFailure,
  explainFetchError,
  IdleTimeout,
  type OpenObject,
  type StoreDriver,
  StoreFailure,
  type UploadBody,
} from "../../src/driver_store/mod.ts";

/** Options of {@linkcode makeWebdavDriver}. */
export interface WebdavOptions {
  /** The base URL of the server. */
  readonly url: string;
  /** Milliseconds without a byte that are too long. */
  readonly timeout: number;
}

/** What one request has and gives. */
interface Request {
  readonly method: string;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly body?: UploadBody;
}

/** An answer, and the watch over its body. */
interface Answer {
  readonly response: Response;
  readonly idle: IdleTimeout;
}

/** The most characters of a segment of a path. */
const LONGEST = 200;

/**
 * A store as a stranger would write it on a WebDAV server, by `fetch` alone.
 * Keys are written in hexadecimal, so that none is another's directory.
 */
export function makeWebdavDriver(
  { url, timeout }: WebdavOptions,
): StoreDriver {
  async function ask(
    { method, key, signal, body }: Request,
    expected: readonly number[],
  ): Promise<Answer> {
    const target = `${url}/${toPath(key)}`;
    const idle = new IdleTimeout(timeout, { signal });
    try {
      const response = await fetch(target, {
        method,
        headers: { "accept-encoding": "identity" },
        redirect: "manual",
        signal: idle.signal,
        ...body ? { body: idle.watchUpload(body.chunks(2 ** 16)) } : {},
      });
      if (expected.includes(response.status)) return { response, idle };
      await response.body?.cancel();
      throw new AnswerFailure(response);
    } catch (error) {
      idle.end();
      throw await explainFetchError(error, target, { signal, timeout });
    }
  }

  async function finish({ response, idle }: Answer): Promise<void> {
    await response.body?.cancel();
    idle.end();
  }

  return {
    getUri: (key) =>
      `webdav:/${key.split("/").map(encodeURIComponent).join("/")}`,
    async getSize(key, { signal }) {
      const answer = await ask({ method: "HEAD", key, signal }, [200]);
      await finish(answer);
      return sizeOf(answer.response);
    },
    async open(key, { signal }) {
      const answer = await ask({ method: "GET", key, signal }, [200]);
      try {
        return openAnswer(answer, { signal, timeout });
      } catch (error) {
        await finish(answer);
        throw error;
      }
    },
    async put(key, body, { signal }) {
      await finish(
        await ask({ method: "PUT", key, signal, body }, [201, 204]),
      );
    },
    async delete(key, { signal }) {
      await finish(
        await ask({ method: "DELETE", key, signal }, [204, 404]),
      );
    },
    close: () => Promise.resolve(),
  };
}

function openAnswer(
  { response, idle }: Answer,
  options: { readonly signal: AbortSignal; readonly timeout: number },
): OpenObject {
  const size = sizeOf(response);
  const { body, url } = response;
  // A reader that has not begun yet is no silent server: the body is watched from its first read on.
  idle.end();
  async function* read(): AsyncGenerator<Uint8Array> {
    using watch = new IdleTimeout(options.timeout, options);
    try {
      yield* watch.watchDownload(body ?? []);
    } catch (error) {
      throw await explainFetchError(error, url, options);
    }
  }
  return {
    size,
    bodySize: size,
    body: read(),
    async close() {
      // A body that is being read ends with its reader, and one that has failed is told by it.
      if (!body?.locked) await body?.cancel().catch(() => {});
    },
  };
}

function sizeOf({ headers }: Response): number {
  const encoding = headers.get("content-encoding") ?? "identity";
  const length = headers.get("content-length") ?? "";
  if (encoding === "identity" && /^\d{1,15}$/.test(length)) {
    return Number(length);
  }
  throw new StoreFailure("OTHER", "the answer does not tell the object's size");
}

/** Directories never end as files do. */
function toPath(key: string): string {
  const digits = [...new TextEncoder().encode(key)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const segments = digits.match(new RegExp(`.{1,${LONGEST}}`, "g")) ?? [];
  return `${segments.join("/")}.object`;
}
