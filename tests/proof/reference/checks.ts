import { resolve } from "node:path";
import { cwd } from "node:process";
import { fileURLToPath } from "node:url";
import {
  FileExistsError,
  InvalidObjectNameError,
  ObjectNotFoundError,
  ObjectStoreClosedError,
  ObjectStoreTransientError,
} from "../../../src/errors.ts";
import type { DownloadOptions } from "../../../src/object_store.ts";
import { Call, type CallDetails } from "./call.ts";

/** The steps of a reference store that look at arguments or make errors; each can be overridden. */
export abstract class Checks {
  /** The store's prefix; empty for none. */
  protected readonly prefix: string;

  /** @param prefix Whole segments; empty for none. */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** What the URIs begin with. */
  protected abstract get uriBase(): string;

  /** Checks a call's arguments, without any I/O (clause 17, first step). */
  protected checkCall(
    action: string,
    objectName: unknown,
    filename: unknown,
    options: unknown,
  ): Call {
    const checked = this.checkOptions(options);
    const name = this.checkName(objectName);
    const path = filename === NO_FILE ? "" : this.toPath(filename);
    const key = this.keyOf(name);
    return this.makeCall({
      action,
      objectName: name,
      key,
      uri: this.uriOf(key),
      path,
      options: checked,
    });
  }

  /** Makes the record of a call. */
  protected makeCall(details: CallDetails): Call {
    return new Call(details);
  }

  /** Refuses a name that clause 1 does not allow. */
  protected checkName(objectName: unknown): string {
    if (typeof objectName !== "string") {
      throw new TypeError(
        `Cannot use 'objectName' as it must be a string: current value is ${
          String(objectName)
        }`,
      );
    }
    const reason = this.nameFault(objectName);
    if (reason === undefined) return objectName;
    throw this.invalidName(objectName, reason);
  }

  /** Why a name is refused, or `undefined`. */
  protected nameFault(objectName: string): string | undefined {
    if (objectName === "") return "it is empty";
    if (!objectName.isWellFormed()) return "it has a lone surrogate";
    if (objectName.includes("\0")) return "it has a NUL";
    const { length } = new TextEncoder().encode(this.keyOf(objectName));
    if (length > 1024) return `it has ${length} bytes, and the most is 1024`;
    return undefined;
  }

  /** Checks options and reads each of them once. */
  protected checkOptions(options: unknown): DownloadOptions {
    if (options === undefined) return {};
    if (typeof options !== "object" || options === null) {
      throw refuse("options", "an object", options);
    }
    const { signal, callback, overwrite } = options as DownloadOptions;
    if (signal !== undefined && typeof signal?.aborted !== "boolean") {
      throw refuse("signal", "an AbortSignal", signal);
    }
    if (callback !== undefined && typeof callback !== "function") {
      throw refuse("callback", "a function", callback);
    }
    if (overwrite !== undefined && typeof overwrite !== "boolean") {
      throw refuse("overwrite", "a boolean", overwrite);
    }
    return {
      ...(signal && { signal }),
      ...(callback && { callback }),
      overwrite: overwrite ?? false,
    };
  }

  /** The absolute path that a filename means, at this moment (clause 16). */
  protected toPath(filename: unknown): string {
    if (filename instanceof URL) {
      if (filename.protocol === "file:") return fileURLToPath(filename);
      throw refuse("filename", "a 'file:' URL", filename);
    }
    if (typeof filename !== "string") {
      throw refuse("filename", "a string or a URL", filename);
    }
    if (filename === "" || filename.includes("\0")) {
      throw refuse("filename", "a path", JSON.stringify(filename));
    }
    const end = this.endsAsDirectory(filename) ? "/" : "";
    return resolve(cwd(), filename) + end;
  }

  /** Whether a path ends in a separator. */
  protected endsAsDirectory(path: string): boolean {
    return /[\\/]$/.test(path) && (path.endsWith("/") || IS_WINDOWS);
  }

  /** The key of a name. */
  protected keyOf(objectName: string): string {
    return this.prefix === "" ? objectName : `${this.prefix}/${objectName}`;
  }

  /** The name of a key. */
  protected nameOf(key: string): string {
    return this.prefix === "" ? key : key.slice(this.prefix.length + 1);
  }

  /** The URI of a key. */
  protected uriOf(key: string): string {
    return this.uriBase + key.split("/").map(encodeURIComponent).join("/");
  }

  /** The error for a missing object. */
  protected notFound(call: CallDetails): Error {
    return new ObjectNotFoundError(
      `Cannot ${call.action} "${call.uri}": object not found`,
      call,
    );
  }

  /** The error for a destination that is there. */
  protected fileExists(call: CallDetails, path: string): Error {
    return new FileExistsError(
      `Cannot ${call.action} "${call.uri}": the file '${path}' exists already`,
      call,
    );
  }

  /** The error for a name that is refused. */
  protected invalidName(objectName: string, reason: string): Error {
    const shown = JSON.stringify(objectName.slice(0, 100));
    return new InvalidObjectNameError(
      `Cannot use the object name ${shown}: ${reason}`,
      { objectName },
    );
  }

  /** The error for an operation that begins after `close()`. */
  protected closed(
    call: Pick<CallDetails, "action"> & Partial<CallDetails>,
  ): Error {
    return new ObjectStoreClosedError(
      `Cannot ${call.action}: the store is closed`,
      call,
    );
  }

  /** The error for what is worth trying again. */
  protected transient(call: CallDetails, reason: string): Error {
    return new ObjectStoreTransientError(
      `Cannot ${call.action} "${call.uri}": ${reason}`,
      call,
    );
  }
}

/** Given as filename by methods that have none. */
export const NO_FILE: unique symbol = Symbol("no file");

/** Whether paths are those of Windows. */
export const IS_WINDOWS: boolean = resolve("/").includes("\\");

function refuse(name: string, must: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot use '${name}' as it must be ${must}: current value is ${
      String(value)
    }`,
  );
}
