import type { Client, Job, Place } from "./client.ts";

/**
 * `curl --aws-sigv4`, the yardstick: one connection for a file, an unsigned
 * payload, nothing verified.
 *
 * @param program Where it is.
 * @param version What it says of itself.
 */
export function createCurl(program: string, version: string): Client {
  return {
    name: "curl",
    version,
    async command(place, job) {
      if (STREAMS.includes(job.action)) return undefined;
      return { program, args: await buildArguments(place, job) };
    },
    readTimes: readSeconds,
  };
}

/** It has no program to hand a stream to, and reads no page of names. */
const STREAMS: readonly string[] = [
  "readStream",
  "firstByte",
  "writeStream",
  "list",
];

/**
 * One curl with several connections, each with its share of the object in a
 * file of its own: for comparison, as it knows the size beforehand.
 *
 * @param curl The client.
 * @param program Where it is.
 * @param options How many connections, and the object's size.
 */
export function createParallelCurl(
  curl: Client,
  program: string,
  { connections, size }: { connections: number; size: number },
): Client {
  return {
    name: `curl, ${connections} ranges at once`,
    version: curl.version,
    isBound: true,
    async command(place, job) {
      if (job.action !== "download") return undefined;
      const share = Math.ceil(size / connections);
      const args = ["--parallel", "--parallel-immediate"];
      for (let begin = 0, index = 0; begin < size; begin += share, index++) {
        const end = Math.min(size, begin + share) - 1;
        const path = `${job.path}.${index}`;
        const range = ["--range", `${begin}-${end}`];
        const one = await buildArguments(place, { ...job, path });
        args.push(...index > 0 ? ["--next"] : [], ...range, ...one);
      }
      return { program, args };
    },
    // All begin together: the last is the time.
    readTimes: (text) => [Math.max(...readSeconds(text))],
  };
}

function readSeconds(text: string): number[] {
  return text.trim().split("\n").map((line) => Number(line) * 1000);
}

async function buildArguments(place: Place, job: Job): Promise<string[]> {
  const common = [
    ...["--silent", "--show-error", "--fail"],
    ...["--aws-sigv4", `aws:amz:${place.region}:s3`],
    ...["--user", `${place.accessKeyId}:${place.secretAccessKey}`],
    ...["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"],
    ...place.caFile ? ["--cacert", place.caFile] : [],
  ];
  const url = `${place.endpoint}/${place.bucket}/${job.key}`;
  switch (job.action) {
    case "upload":
    case "download": {
      const transfer = job.action === "upload"
        ? ["--upload-file", job.path, url]
        : ["--output", job.path, url];
      if (!job.repeat) return [...common, ...transfer];
      const one = [...common, "--write-out", "%{time_total}\\n", ...transfer];
      const times = Array.from({ length: job.repeat - 1 }, () => one);
      return [...one, ...times.flatMap((next) => ["--next", ...next])];
    }
    default: {
      const config = `${job.path}.${job.action}.curl`;
      await writeConfig(config, url, job);
      return [
        ...common,
        ...["--parallel", "--parallel-max", `${job.parallel}`],
        ...job.action === "sizeMany" ? ["--head"] : [],
        ...["--config", config],
      ];
    }
  }
}

async function writeConfig(
  config: string,
  url: string,
  { action, path, count }: Job,
): Promise<void> {
  let text = "";
  for (let index = 0; index < count; index++) {
    const file = action === "uploadMany"
      ? `upload-file = "${path}/${index}"`
      : `output = "${
        action === "sizeMany" ? "/dev/null" : `${path}/${index}`
      }"`;
    text += `url = "${url}/${index}"\n${file}\n`;
  }
  await Deno.writeTextFile(config, text);
}
