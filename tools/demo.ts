/**
 * Shows the package at work on this machine's disk: an upload and a download with progress, then
 * the conformance suite on the file-system store.
 *
 * @module
 */

import { runCommand } from "../conformance/cli.ts";
import {
  type Interruption,
  listenForInterruption,
} from "../conformance/cli/interruption.ts";
import { FileSystemObjectStore } from "../mod.ts";
import { join } from "@std/path";

const MIB = 1024 * 1024;
const SIZE_MIB = 64;
const HARNESS = new URL("./demo_harness.ts", import.meta.url).href;

// The suite may leave something open where a store is wrong, so the end is explicit.
if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const interruption = listenForInterruption();
  try {
    await transfer(interruption);
  } catch (error) {
    if (error !== interruption.signal.reason) throw error;
    return interruption.exitCode ?? 1;
  } finally {
    interruption.stop();
  }
  console.log("\nThe conformance suite, on this store and this disk:\n");
  return await runCommand([HARNESS]);
}

async function transfer({ signal }: Interruption): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "storekit_demo_" });
  try {
    const source = join(directory, "source.bin");
    const destination = join(directory, "downloads", "copy.bin");
    await writeSource(source);

    await using store = new FileSystemObjectStore({
      root: join(directory, "objects"),
      prefix: "demo",
    });
    const name = "runs/1/weights.bin";
    console.log(`${name} is ${store.getUri(name)}`);
    await store.uploadObject(name, source, {
      callback: showProgress("upload"),
      signal,
    });
    console.log(`stored: ${await store.getObjectSize(name, { signal })} bytes`);
    await store.downloadObject(name, destination, {
      callback: showProgress("download"),
      signal,
    });
    await checkEqual(source, destination);
    console.log("what came back is what was sent");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Writes an odd number of bytes, no two MiB of them alike. */
async function writeSource(path: string): Promise<void> {
  using file = await Deno.create(path);
  const block = new Uint8Array(MIB);
  for (let index = 0; index <= SIZE_MIB; index++) {
    block.fill(index);
    crypto.getRandomValues(block.subarray(0, 65_536));
    const bytes = index < SIZE_MIB ? block : block.subarray(0, 4_321);
    await file.write(bytes);
  }
}

/** A bar on a terminal; elsewhere a line for each quarter. */
function showProgress(label: string): (done: number, total: number) => void {
  const isTerminal = Deno.stdout.isTerminal();
  const begin = performance.now();
  let quarters = 0;

  return (done, total) => {
    const share = total === 0 ? 1 : done / total;
    const reached = Math.floor(share * 4);
    if (!isTerminal && reached === quarters) return;
    quarters = reached;

    const seconds = (performance.now() - begin) / 1000;
    const figures = `${formatPercent(share)}  ${formatMib(done)} of ${
      formatMib(total)
    } MiB  ${seconds.toFixed(2)} s`;
    if (!isTerminal) return console.log(`${label.padEnd(9)} ${figures}`);
    const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "░");
    const end = done === total ? "\n" : "";
    writeText(`\r${label.padEnd(9)} ${bar} ${figures}${end}`);
  };
}

function formatPercent(share: number): string {
  return `${Math.floor(share * 100)} %`.padStart(5);
}

function formatMib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

function writeText(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

async function checkEqual(left: string, right: string): Promise<void> {
  const [a, b] = await Promise.all([digest(left), digest(right)]);
  if (a !== b) throw new Error("Cannot go on as the download has other bytes");
}

async function digest(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex();
}
