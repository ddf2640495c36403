import {
  ObjectNameConflictError,
  ObjectNotFoundError,
} from "../../../src/errors.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { FileObjectStore } from "../reference/file_store.ts";
import { fileHarness } from "../reference/file_harness.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

const PLAIN =
  /^(?!\.{1,2}(?:\/|$))[\w.-]{1,200}(?:\/(?!\.{1,2}(?:\/|$))[\w.-]{1,200})*$/;
const isPlain = (name: string) => name.length <= 512 && PLAIN.test(name);
const isPathLike = (name: string) =>
  name.split("/").some((segment) => /^\.{0,2}$/.test(segment));

/** Keeps plain names alone. */
class PlainNames extends MemoryObjectStore {
  protected override nameFault(objectName: string): string | undefined {
    const fault = super.nameFault(objectName);
    return fault ?? (isPlain(objectName) ? undefined : "it is odd");
  }
}

/** Refuses odd names when they are uploaded; a read finds nothing under them. */
class RefusesUploads extends MemoryObjectStore {
  protected override async upload(call: Call): Promise<void> {
    if (!isPlain(call.objectName)) {
      throw this.invalidName(call.objectName, "it is odd");
    }
    await super.upload(call);
  }

  protected override checkCall(
    ...args: Parameters<MemoryObjectStore["checkCall"]>
  ): Call {
    const [action, objectName] = args;
    const call = super.checkCall(...args);
    const isRead = !["upload", "write"].includes(action);
    if (isRead || isPlain(String(objectName))) return call;
    throw this.invalidName(call.objectName, "it is odd");
  }
}

/** Refuses what real servers would alias, as the bundled S3 store does. */
class NoPathLikeNames extends MemoryObjectStore {
  protected override nameFault(objectName: string): string | undefined {
    const fault = super.nameFault(objectName);
    return fault ?? (isPathLike(objectName) ? "it is a path" : undefined);
  }
}

/** Keeps names in one unicode form alone, so that no two look the same. */
class ComposedNames extends MemoryObjectStore {
  protected override nameFault(objectName: string): string | undefined {
    const fault = super.nameFault(objectName);
    if (fault !== undefined) return fault;
    const isComposed = objectName.normalize("NFC") === objectName;
    return isComposed ? undefined : "it is not in normal form C";
  }
}

/** Its objects are like files and directories: `a` and `a/b` cannot both exist. */
class Tree extends MemoryObjectStore {
  protected override async commitObject(
    call: Call,
    object: NewObject,
  ): Promise<void> {
    const keys = await this.backing.list("");
    const other = keys.find((key) =>
      key.startsWith(`${call.key}/`) || call.key.startsWith(`${key}/`)
    );
    if (other === undefined) return await super.commitObject(call, object);
    throw new ObjectNameConflictError(
      `Cannot upload "${call.uri}": there is "${this.nameOf(other)}"`,
      { objectName: call.objectName, uri: call.uri },
    );
  }
}

/** Its URIs name the object by the bytes of its key. */
class OpaqueUris extends MemoryObjectStore {
  protected override uriOf(key: string): string {
    const bytes = new TextEncoder().encode(key.slice(this.prefix.length));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return `objects:${this.prefix}#${id.join("")}`;
  }
}

/** Its objects are in one file, which the path of a URI names. */
class FragmentUris extends MemoryObjectStore {
  protected override uriOf(key: string): string {
    const segments = key.split("/").map(encodeURIComponent);
    return `pack:/objects.pack#/${segments.join("/")}`;
  }
}

/** Its URIs have a scheme of their own, with the name as it is. */
class LiteralUris extends FileObjectStore {
  protected override uriOf(key: string): string {
    return `file-store:${key}`;
  }
}

/** Its URIs tell more behind the name. */
class UrisWithQuery extends MemoryObjectStore {
  protected override uriOf(key: string): string {
    return `${super.uriOf(key)}?account=1#latest`;
  }
}

/** Says in the message that a missing object may be a matter of rights. */
class NamesBoth extends MemoryObjectStore {
  protected override notFound(call: Call): Error {
    return new ObjectNotFoundError(
      `Cannot ${call.action} "${call.uri}": the object or its bucket was not found`,
      { objectName: call.objectName, uri: call.uri },
    );
  }
}

/** Correct stores that keep other names, or write them in another way. */
export const nameVariants: readonly Variant[] = [
  makeVariant({
    name: "plain-names",
    description: "refuses every odd name",
    open: (ctx) => new PlainNames(ctx),
    members: { refusesNames: (name) => !isPlain(name) },
  }),
  makeVariant({
    name: "plain-names-untold",
    description: "refuses every odd name, and its harness does not say so",
    open: (ctx) => new PlainNames(ctx),
    members: { refusesNames: undefined },
  }),
  makeVariant({
    name: "refuses-uploads",
    description: "an odd name is refused by an upload, and not found otherwise",
    open: (ctx) => new RefusesUploads(ctx),
    members: { refusesNames: (name) => !isPlain(name) },
  }),
  makeVariant({
    name: "no-path-like-names",
    description: "refuses empty, '.' and '..' segments",
    open: (ctx) => new NoPathLikeNames(ctx),
    members: { refusesNames: isPathLike },
  }),
  makeVariant({
    name: "composed-names",
    description: "refuses names that are not in unicode normal form C",
    open: (ctx) => new ComposedNames(ctx),
    members: { refusesNames: (name) => name.normalize("NFC") !== name },
  }),
  makeVariant({
    name: "tree",
    description: "not flat, and declared so",
    open: (ctx) => new Tree(ctx),
    members: {
      capabilities: ["reopen", "list", "read", "write", "delete"],
    },
  }),
  makeVariant({
    name: "opaque-uris",
    description: "URIs in which the name is not to be read",
    shortOf: ["URI-4"],
    open: (ctx) => new OpaqueUris(ctx),
  }),
  makeVariant({
    name: "fragment-uris",
    description: "URIs of objects in one file: the name is the fragment",
    open: (ctx) => new FragmentUris(ctx),
  }),
  makeVariant({
    name: "uris-with-query",
    description: "URIs with a query and a fragment behind the name",
    open: (ctx) => new UrisWithQuery(ctx),
  }),
  makeVariant({
    name: "names-both",
    description: "a message that names the object and the bucket",
    open: (ctx) => new NamesBoth(ctx),
  }),
  makeVariant({
    name: "literal-uris",
    description: "objects in files, URIs with the name as it is",
    base: fileHarness,
    open: (ctx) => new LiteralUris(ctx),
  }),
];
