import { fromFileUrl, join } from "@std/path";
import type { Client, Job, MissingClient, Place } from "./client.ts";
import { createCurl } from "./curl.ts";
import { createRclone } from "./rclone.ts";
import { getDenoArgs } from "./write_lock.ts";
import { askVersion, type Tools } from "./tools.ts";

/** Names of clients that others are compared with. */
export const CURL = "curl";
/** Our stores. */
export const OURS: readonly string[] = ["S3ObjectStore", "MinioObjectStore"];
/** The SDK's own command loop, for small objects. */
export const SDK = "aws-sdk on Deno";

/** Every client: those that can be measured, and those that cannot and why. */
export interface FoundClients {
  /** In the order of the table. */
  readonly clients: readonly Client[];
  /** In the order of the table. */
  readonly missing: readonly MissingClient[];
}

/** A program in `programs/`, and what runs it. */
interface Program {
  readonly name: string;
  readonly file: string;
  /** The command before the file; `undefined` without the runtime. */
  readonly runtime: readonly string[] | undefined;
  /** What `--install` brings, where the runtime is not enough. */
  readonly version: string | undefined;
  readonly reason: string;
  /** The variable that names the file with a private authority. */
  readonly caVariable?: string;
}

const PROGRAMS = fromFileUrl(new URL("../programs/", import.meta.url));
const INSTALL = "run once with --install";

/**
 * Looks for all clients.
 *
 * @param tools The programs that are here.
 */
export async function findClients(tools: Tools): Promise<FoundClients> {
  const clients: Client[] = [];
  const missing: MissingClient[] = [];
  const curl = tools.curl && await askVersion(tools.curl, "--version");
  if (tools.curl && curl) {
    clients.push(createCurl(tools.curl, curl.split(" ")[1] ?? ""));
  } else missing.push({ name: CURL, reason: "there is no curl" });

  for (const program of await listPrograms(tools)) {
    const { name, reason, runtime, version } = program;
    if (!runtime || !version) missing.push({ name, reason });
    else clients.push(createProgram(program, { runtime, version, tools }));
  }

  const rclone = tools.rclone && await askVersion(tools.rclone, "version");
  if (tools.rclone && rclone) {
    clients.push(createRclone(tools.rclone, rclone.replace("rclone ", "")));
  } else missing.push({ name: "rclone", reason: "there is no rclone" });
  return { clients, missing };
}

async function listPrograms(tools: Tools): Promise<Program[]> {
  const { bun, node, peers, python } = tools;
  const deno = [Deno.execPath(), "run", "-A", "--quiet"];
  const onDeno = { runtime: deno, caVariable: "DENO_CERT" };
  const onNode = {
    runtime: node ? [node, "--no-warnings"] : undefined,
    caVariable: "NODE_EXTRA_CA_CERTS",
    reason: node ? INSTALL : "there is no Node",
  };
  const ours = {
    ...onDeno,
    runtime: [...deno, ...await getDenoArgs()],
    reason: "",
  };
  const onPython = {
    runtime: python ? [python] : undefined,
    reason: python ? INSTALL : "there is no Python",
  };
  const sdk = await readVersion(peers, "@aws-sdk/client-s3");
  const minio = await readVersion(peers, "minio");
  return [
    { ...ours, name: "S3ObjectStore", file: "s3_store.ts", version: "this" },
    {
      ...ours,
      name: "MinioObjectStore",
      file: "minio_store.ts",
      version: "this",
    },
    {
      ...onDeno,
      name: SDK,
      file: "aws_sdk.mjs",
      version: sdk && `${sdk}, Deno ${Deno.version.deno}`,
      reason: INSTALL,
    },
    {
      ...onNode,
      name: "aws-sdk on Node",
      file: "aws_sdk.mjs",
      version: sdk && node && `${sdk}, Node ${await askVersion(node, "-v")}`,
    },
    {
      ...onDeno,
      name: "minio-js on Deno",
      file: "minio_js.mjs",
      version: minio && `${minio}, Deno ${Deno.version.deno}`,
      reason: INSTALL,
    },
    {
      ...onNode,
      name: "minio-js on Node",
      file: "minio_js.mjs",
      version: minio && node &&
        `${minio}, Node ${await askVersion(node, "-v")}`,
    },
    {
      name: "Bun",
      file: "bun_s3.mjs",
      runtime: bun ? [bun] : undefined,
      caVariable: "NODE_EXTRA_CA_CERTS",
      version: bun && await askVersion(bun, "--version"),
      reason: INSTALL,
    },
    {
      ...onPython,
      name: "obstore",
      file: "obstore_s3.py",
      version: python && await askPackage(python, "obstore"),
    },
    {
      ...onPython,
      name: "boto3",
      file: "boto3_s3.py",
      version: python && await askPackage(python, "boto3"),
    },
  ];
}

/** Deno's `fetch` alone: the bound of a download in Deno. */
export function createFetch(tools: Tools): Client {
  const name = "Deno's fetch, bytes dropped";
  const client = createProgram({
    ...{ name, file: "fetch_alone.ts", caVariable: "DENO_CERT", reason: "" },
    ...{ runtime: undefined, version: undefined },
  }, {
    runtime: [Deno.execPath(), "run", "-A", "--quiet"],
    ...{ version: Deno.version.deno, tools },
  });
  return {
    ...client,
    isBound: true,
    command: async (place, job) =>
      job.action === "download" ? await client.command(place, job) : undefined,
  };
}

function createProgram(
  { name, file, caVariable }: Program,
  { runtime, version, tools: { peers } }: {
    runtime: readonly string[];
    version: string;
    tools: Tools;
  },
): Client {
  const [program = "", ...args] = runtime;
  return {
    name,
    version,
    command(place: Place, job: Job) {
      const { caFile } = place;
      const task = JSON.stringify({ place, job, peers });
      return Promise.resolve({
        program,
        args: [...args, join(PROGRAMS, file), task],
        ...caFile && caVariable ? { env: { [caVariable]: caFile } } : {},
      });
    },
  };
}

/** The version of an installed npm package. */
async function readVersion(
  peers: string,
  name: string,
): Promise<string | undefined> {
  try {
    const path = join(peers, "node_modules", name, "package.json");
    return JSON.parse(await Deno.readTextFile(path)).version;
  } catch {
    return undefined;
  }
}

/** The version of an installed Python package. */
function askPackage(
  python: string,
  name: string,
): Promise<string | undefined> {
  const code =
    `from importlib.metadata import version; print(version("${name}"))`;
  return askVersion(python, "-c", code);
}
