import { StoreFailure } from "../driver.ts";
import { refusedKeyReason } from "./object_path.ts";
import type { S3Request, S3Response } from "./http/transport.ts";
import {
  elements,
  isBeginning,
  isTrue,
  nameOf,
  rootOf,
  textOf,
} from "./xml.ts";

/** The steps by which pages of a listing are got. */
export interface ListSteps {
  /** Sends a request. */
  ask(request: Omit<S3Request, "signal">): Promise<S3Response>;
  /** Reads the text of an answer, unless it is none to what was asked. */
  read(response: S3Response): Promise<string>;
}

/**
 * Lists the keys of a bucket, page by page. A key that a store refuses, such
 * as `folder/`, which others have made, is no object of a store and left out.
 *
 * @param keyPrefix What the keys begin with.
 * @param steps How pages are got.
 */
export async function* listKeys(
  keyPrefix: string,
  { ask, read }: ListSteps,
): AsyncGenerator<string, void> {
  const askedPrefix = findAskedPrefix(keyPrefix);
  if (askedPrefix === undefined) return;
  let token: string | undefined;
  let remembered: string | undefined;
  let pages = 0;
  let nextPage = 1;
  do {
    const response = await ask({
      operation: "ListObjectsV2",
      method: "GET",
      query: {
        "list-type": "2",
        "encoding-type": "url",
        ...(askedPrefix === "" ? {} : { prefix: askedPrefix }),
        ...(token === undefined ? {} : { "continuation-token": token }),
      },
    });
    const page = await readPage(response, await read(response));
    for (const key of page.keys) {
      if (key.startsWith(keyPrefix) && refusedKeyReason(key) === undefined) {
        yield key;
      }
    }
    if (page.isTruncated && page.token === remembered) {
      throw new StoreFailure("OTHER", "the service gave the same page twice");
    }
    // A service may repeat its tokens in a circle. One of them is remembered, that of page 1, 2, 4, 8 and so on: a circle of any length comes to it again.
    if (++pages === nextPage) {
      remembered = page.token;
      nextPage *= 2;
    }
    token = page.isTruncated ? page.token : undefined;
  } while (token !== undefined);
}

/**
 * The prefix to ask for: MinIO refuses one that holds what no store's key has,
 * or that ends in what looks like `.` or `..` to it.
 *
 * @returns `undefined` if no key of a store begins so.
 */
function findAskedPrefix(keyPrefix: string): string | undefined {
  const end = keyPrefix.lastIndexOf("/") + 1;
  const directory = keyPrefix.slice(0, end);
  if (end > 0 && refusedKeyReason(directory + "x") !== undefined) {
    return undefined;
  }
  const isOdd = keyPrefix.slice(end).split("\\").some((part) => {
    const trimmed = part.replace(/^[\0- ]+|[\0- ]+$/g, "");
    return trimmed === "." || trimmed === "..";
  });
  return isOdd ? directory : keyPrefix;
}

interface Page {
  readonly keys: readonly string[];
  readonly isTruncated: boolean;
  readonly token: string | undefined;
}

const LISTING = "ListBucketResult";
/** Members of which an SDK finds at least one in a listing. */
const MEMBERS = ["Name", "Contents", "KeyCount", "IsTruncated", "MaxKeys"];

function readPage(response: S3Response, xml: string): Page {
  const { parsed } = response;
  if (response.status !== 200) throw noListing(`status ${response.status}`);
  if (parsed) {
    if (!MEMBERS.some((name) => parsed[name] !== undefined)) {
      throw noListing("something else");
    }
    const contents = (parsed.Contents ?? []) as { Key?: string }[];
    return readable({
      isEncoded: parsed.EncodingType === "url",
      names: contents.map(({ Key = "" }) => Key),
      isTruncated: parsed.IsTruncated === true,
      token: parsed.NextContinuationToken as string | undefined,
    });
  }
  const root = rootOf(xml);
  const isListing = root === LISTING;
  const isEmpty = response.header("content-length") === "0";
  if (
    !isListing && (isEmpty || root !== undefined || !isBeginning(xml, LISTING))
  ) {
    throw noListing("something else");
  }
  if (!isListing || !xml.includes("</ListBucketResult>")) {
    throw new StoreFailure("TRANSIENT", "the listing was cut off");
  }
  return readable({
    isEncoded: textOf(xml, "EncodingType") === "url",
    names: elements(xml, "Contents").map((inner) => nameOf(inner, "Key") ?? ""),
    isTruncated: isTrue(textOf(xml, "IsTruncated")),
    token: textOf(xml, "NextContinuationToken"),
  });
}

function noListing(answer: string): StoreFailure {
  return new StoreFailure(
    "OTHER",
    `a listing was asked for, and the answer is ${answer}: check 'endpoint'`,
  );
}

function readable(
  { isEncoded, names, isTruncated, token }: {
    isEncoded: boolean;
    names: readonly string[];
    isTruncated: boolean;
    token: string | undefined;
  },
): Page {
  if (isTruncated && !token) {
    throw new StoreFailure(
      "OTHER",
      "the service said that there is more, and not where",
    );
  }
  return {
    // Such a name is no text, so no store has made it: it is left out.
    keys: (isEncoded ? names.map(decodeName) : names)
      .map((name) => name.isWellFormed() ? name : ""),
    isTruncated,
    token,
  };
}

/** Decodes a key as forms encode it: a space is a plus. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    // Not UTF-8, so no store has made it: it is left out.
    return "";
  }
}
