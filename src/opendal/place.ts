/** Options of services that name the place of objects, in their order in the URI. */
const PLACES = ["bucket", "container", "filesystem", "share_name", "table"];

/**
 * Computes what the URIs of a service begin with: the scheme, where the objects are, and the root.
 * Hosts come without user names, passwords and queries.
 *
 * @param scheme The service's name in OpenDAL.
 * @param options The service's options.
 * @returns The beginning of each URI, without a slash at its end.
 */
export function uriOf(
  scheme: string,
  options: Readonly<Record<string, string>>,
): string {
  const root = trimSlashes(options.root ?? "");
  if (scheme === "fs") {
    return `file:///${root.split("/").map(encodeURIComponent).join("/")}`;
  }

  const address = options.endpoint ?? options.connection_string;
  const host = address === undefined ? undefined : hostOf(address);
  const place = PLACES.map((name) => options[name])
    .filter((value) => value !== undefined);
  const isNamed = options.bucket !== undefined;
  const parts = [
    // A bucket's name is unique without its host, as in `s3://bucket/name`.
    ...isNamed || host === undefined ? [] : [host],
    ...place,
    ...options.db === undefined ? [] : [options.db],
    ...root === "" ? [] : [root],
  ];
  return `${scheme === "gcs" ? "gs" : scheme}://${parts.join("/")}`;
}

function hostOf(address: string): string | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@?#]*@)?([^?#]*)/i.exec(address);
  return match ? trimSlashes(match[1] ?? "") : undefined;
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, "");
}
