import type { Client, Job, Place } from "./client.ts";

/**
 * `rclone copyto` and `copy`, with its defaults. It has no command for the
 * sizes of given objects.
 *
 * @param program Where it is.
 * @param version What it says of itself.
 */
export function createRclone(program: string, version: string): Client {
  return {
    name: "rclone",
    version,
    command(place, job) {
      const args = buildArguments(place, job);
      return Promise.resolve(
        args && { program, args, env: buildEnvironment(place) },
      );
    },
    // It tells none: its whole process is the time.
    readTimes: () => [],
  };
}

function buildArguments(place: Place, job: Job): string[] | undefined {
  const remote = `bench:${place.bucket}/${job.key}`;
  const authority = place.caFile ? ["--ca-cert", place.caFile] : [];
  const many = ["--transfers", `${job.parallel}`, "--no-traverse"];
  switch (job.action) {
    case "upload":
      return ["copyto", job.path, remote, ...authority];
    case "download":
      return ["copyto", remote, job.path, ...authority];
    case "uploadMany":
      return ["copy", job.path, remote, ...many, ...authority];
    case "downloadMany":
      return ["copy", remote, job.path, ...many, ...authority];
    default:
      return undefined;
  }
}

/** A remote of the name `bench`. */
function buildEnvironment(place: Place): Record<string, string> {
  return {
    RCLONE_CONFIG_BENCH_TYPE: "s3",
    RCLONE_CONFIG_BENCH_PROVIDER: "Other",
    RCLONE_CONFIG_BENCH_ENDPOINT: place.endpoint,
    RCLONE_CONFIG_BENCH_REGION: place.region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: place.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: place.secretAccessKey,
    RCLONE_S3_NO_CHECK_BUCKET: "true",
  };
}
