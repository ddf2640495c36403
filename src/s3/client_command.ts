import type { S3Operation, S3Request } from "../s3_protocol/http/transport.ts";
import { elements, textOf } from "../s3_protocol/xml.ts";

/** The argument and the result of a middleware of the SDK. */
export interface Step {
  readonly request: {
    readonly headers: Record<string, string>;
    readonly protocol: string;
    readonly hostname: string;
    readonly port?: number;
  };
}
/** As {@linkcode Step}. */
export interface Answer {
  readonly response?: {
    readonly statusCode?: number;
    readonly headers?: Record<string, string>;
  };
}

type CommandClass = new (input: Record<string, unknown>) => {
  readonly middlewareStack: {
    add(middleware: unknown, options: Record<string, unknown>): void;
  };
};
/** A command of the SDK. */
export type Command = InstanceType<CommandClass>;

/** The members of a command's input that a query stands for. */
const INPUT_NAMES: Readonly<Record<string, string>> = {
  "uploadId": "UploadId",
  "partNumber": "PartNumber",
  "prefix": "Prefix",
  "continuation-token": "ContinuationToken",
  "encoding-type": "EncodingType",
};

/**
 * Makes the command that stands for a request.
 *
 * @param bucket The bucket.
 * @param request The request; its headers are added by {@linkcode watch}.
 */
export async function makeCommand(
  bucket: string,
  { operation, key, query = {}, body }: S3Request,
): Promise<Command> {
  const input: Record<string, unknown> = { Bucket: bucket };
  if (key !== undefined) input.Key = key;
  for (const [name, value] of Object.entries(query)) {
    const member = INPUT_NAMES[name];
    if (member === undefined) continue;
    input[member] = name === "partNumber" ? Number(value) : value;
  }
  if (typeof body === "string") input.MultipartUpload = readParts(body);
  else if (body) {
    // Bytes are the one kind of body that every request handler can send, and send again.
    const bytes = new Uint8Array(body.size);
    await body.read(bytes, 0);
    input.Body = bytes;
  }
  const commands = await loadCommands();
  return new commands[operation](input);
}

async function loadCommands(): Promise<Record<S3Operation, CommandClass>> {
  const sdk = await import("@aws-sdk/client-s3");
  return {
    HeadObject: sdk.HeadObjectCommand,
    GetObject: sdk.GetObjectCommand,
    PutObject: sdk.PutObjectCommand,
    DeleteObject: sdk.DeleteObjectCommand,
    CreateMultipartUpload: sdk.CreateMultipartUploadCommand,
    UploadPart: sdk.UploadPartCommand,
    CompleteMultipartUpload: sdk.CompleteMultipartUploadCommand,
    AbortMultipartUpload: sdk.AbortMultipartUploadCommand,
    HeadBucket: sdk.HeadBucketCommand,
    ListObjectsV2: sdk.ListObjectsV2Command,
  } as unknown as Record<S3Operation, CommandClass>;
}

function readParts(xml: string): { Parts: Record<string, unknown>[] } {
  const Parts = elements(xml, "Part").map((part) => ({
    ETag: textOf(part, "ETag"),
    PartNumber: Number(textOf(part, "PartNumber")),
    ChecksumCRC32: textOf(part, "ChecksumCRC32"),
  }));
  return { Parts };
}

/** Observations of the last attempt of a command. */
export interface Seen {
  /** Protocol, host and port. */
  origin?: string;
  /** The status of its answer. */
  status?: number | undefined;
  /** The headers of its answer. */
  headers?: Readonly<Record<string, string>>;
  /** The handler brought no answer. */
  lost?: boolean;
}

/**
 * Adds the headers of a request to a command, and remembers those of the answer.
 *
 * @param command The command.
 * @param request The request.
 * @param send Sends it in the place of the client's handler, if that would not do.
 */
export function watch(
  command: Command,
  { headers = {} }: S3Request,
  send?: (args: Step) => Promise<Answer>,
): Seen {
  const seen: Seen = {};
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => (args: Step) => {
      Object.assign(args.request.headers, headers);
      return next(args);
    },
    { step: "build", priority: "high", name: "storekitHeaders" },
  );
  // After signing, as a proxy may change the header. With it Deno's `fetch` decompresses nothing.
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => (args: Step) => {
      args.request.headers["accept-encoding"] = "identity";
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "storekitEncoding" },
  );
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => async (args: Step) => {
      const { protocol, hostname, port } = args.request;
      seen.origin = `${protocol}//${hostname}${port ? `:${port}` : ""}`;
      seen.status = undefined;
      seen.lost = true;
      const answer = await (send ?? next)(args);
      seen.lost = false;
      seen.status = answer.response?.statusCode ?? 200;
      seen.headers = answer.response?.headers ?? {};
      return answer;
    },
    { step: "deserialize", priority: "low", name: "storekitAnswer" },
  );
  return seen;
}
