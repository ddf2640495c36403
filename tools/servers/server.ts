import { join } from "@std/path";
import { findFreePort, type ServerProcess, startProcess } from "./process.ts";
import { sendSigned, type SignedTarget } from "./signed_request.ts";

/** The servers that stores are tested on. */
export const SERVER_NAMES = [
  "s3rver",
  "minio",
  "minio-https",
  "versitygw",
] as const;
/** One of them. */
export type ServerName = typeof SERVER_NAMES[number];

/** What a store needs to know of a server; it can be passed to another process as JSON. */
export interface ServerAddress extends SignedTarget {
  /** Which server. */
  readonly name: ServerName;
  /** Where it keeps its data. */
  readonly dataDirectory: string;
  /** A bucket that exists. */
  readonly bucket: string;
  /** Credentials that may do nothing. */
  readonly forbidden: SignedTarget["credentials"];
  /** The file with the authority of its certificate, if it speaks HTTPS. */
  readonly caFile?: string;
  /** A certificate for a server on this machine, signed by that authority, and its key; in PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** A server that runs, with its data on disk in a directory of its own. */
export interface TestServer extends ServerAddress, AsyncDisposable {
  /** Kills the server and waits for its end; its data stays. */
  kill(): Promise<void>;
  /** Starts a server that was killed, on the same port and data. */
  restart(): Promise<void>;
}

/** How one kind of server is run. */
export interface ServerKind {
  /** Its name. */
  readonly name: ServerName;
  /** `http:` or `https:`. @default {"http:"} */
  readonly protocol?: "http:" | "https:";
  /** Prepares the directory, before the first start. */
  prepare?(directory: string): Promise<Partial<ServerAddress>>;
  /** The program and its arguments. */
  command(place: ServerPlace): Promise<readonly string[]> | readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The credentials. */
  readonly credentials: SignedTarget["credentials"];
  /** Credentials that may do nothing. */
  forbid(target: SignedTarget): Promise<SignedTarget["credentials"]>;
}

/** Where one server runs. */
export interface ServerPlace {
  /** The port of 127.0.0.1. */
  readonly port: number;
  /** A directory of its own. */
  readonly directory: string;
  /** The directory in it for its data. */
  readonly dataDirectory: string;
  /** The name of the bucket. */
  readonly bucket: string;
}

const BUCKET = "test-bucket";
const REGION = "us-east-1";

/** Starts a server. */
export async function runServer(kind: ServerKind): Promise<TestServer> {
  const directory = await Deno.makeTempDir({ prefix: "storekit_server_" });
  const undo = () => Deno.remove(directory, { recursive: true });
  try {
    await Deno.mkdir(join(directory, "data"));
    const prepared = await kind.prepare?.(directory) ?? {};
    const port = findFreePort();
    const target: SignedTarget = {
      url: `${kind.protocol ?? "http:"}//127.0.0.1:${port}`,
      region: REGION,
      credentials: kind.credentials,
      ca: prepared.ca,
    };
    const start = async () =>
      startProcess({
        command: await kind.command({
          port,
          directory,
          dataDirectory: join(directory, "data"),
          bucket: BUCKET,
        }),
        env: kind.env ?? {},
        log: join(directory, "log"),
        async isReady() {
          // Health endpoints say so too early.
          return (await sendSigned(target, { path: "/" })).status === 200;
        },
      });
    let process: ServerProcess = await start();
    try {
      await makeBucket(target);
      return {
        ...target,
        ...prepared,
        name: kind.name,
        dataDirectory: join(directory, "data"),
        bucket: BUCKET,
        forbidden: await kind.forbid(target),
        kill: () => process.kill(),
        async restart() {
          await process.kill();
          process = await start();
        },
        async [Symbol.asyncDispose]() {
          await process.kill();
          await undo().catch(ignoreMissing);
        },
      };
    } catch (error) {
      await process.kill();
      throw error;
    }
  } catch (error) {
    await undo();
    throw error;
  }
}

async function makeBucket(target: SignedTarget): Promise<void> {
  const answer = await sendSigned(target, {
    method: "PUT",
    path: `/${BUCKET}`,
  });
  if (answer.status === 200 || answer.status === 409) return;
  throw new Error(`Cannot make bucket: ${answer.status} ${answer.text}`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
