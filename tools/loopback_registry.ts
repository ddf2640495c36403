/**
 * Serves the stand-ins for `@std` on loopback as the registry of JSR would serve the real packages,
 * so that `deno publish --dry-run` can run where JSR is not reached.
 *
 * @module
 */
import importMap from "./std_stand_ins/import_map.json" with { type: "json" };

const STAND_INS = new URL("./std_stand_ins/", import.meta.url);
const CONFIG = new URL("../deno.json", import.meta.url);

/** A registry that runs until it is disposed. */
export interface LoopbackRegistry extends AsyncDisposable {
  /** Its address, for `JSR_URL`. */
  readonly url: string;
}

interface Package {
  version: string;
  exports: Record<string, string>;
}

/**
 * Starts the registry on a free port of loopback.
 *
 * @returns The running registry; it has the packages that the import map of the stand-ins names.
 */
export async function startLoopbackRegistry(): Promise<LoopbackRegistry> {
  const packages = await readPackages();
  const files = await readFiles();
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const [name, bytes] of files) {
    manifest[`/${name}`] = {
      size: bytes.length,
      checksum: `sha256-${await digest(bytes)}`,
    };
  }

  const answer = (request: Request): Response => {
    const { pathname } = new URL(request.url);
    const [, scope = "", name = "", last = "", file] = pathname.split("/");
    const found = packages.get(`${scope}/${name}`);
    if (found === undefined) return new Response(null, { status: 404 });
    const { version, exports } = found;
    if (last === "meta.json") {
      return Response.json({
        scope: scope.slice(1),
        name,
        latest: version,
        versions: { [version]: {} },
      });
    }
    if (last === `${version}_meta.json`) {
      return Response.json({ manifest, exports });
    }
    const bytes = last === version ? files.get(file ?? "") : undefined;
    return bytes === undefined
      ? new Response(null, { status: 404 })
      : new Response(bytes, { headers: { "content-type": "text/typescript" } });
  };

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function readPackages(): Promise<Map<string, Package>> {
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG));
  const packages = new Map<string, Package>();
  for (const [specifier, path] of Object.entries(importMap.imports)) {
    if (!path.startsWith("./")) continue;
    const [scope, name, ...rest] = specifier.split("/");
    const id = `${scope}/${name}`;
    const version = imports[id].replace(/^.*@\D?/, "");
    const { exports } = packages.get(id) ?? { exports: {} };
    packages.set(id, {
      version,
      exports: { ...exports, [[".", ...rest].join("/")]: path },
    });
  }
  return packages;
}

async function readFiles(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for await (const { name } of Deno.readDir(STAND_INS)) {
    if (!name.endsWith(".ts")) continue;
    files.set(name, await Deno.readFile(new URL(name, STAND_INS)));
  }
  return files;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(sum).toHex();
}
