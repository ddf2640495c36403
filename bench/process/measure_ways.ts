import { request } from "node:http";
import { crc32 } from "node:zlib";
import { join } from "@std/path";
import { tableCrc32 } from "../../src/platform/crc32.ts";
import {
  type Digests,
  makeNodeDigests,
  makeWebDigests,
} from "../../src/platform/digests.ts";
import type { PartContext } from "../parts/part.ts";

/** Some work that is done in two ways. */
export interface Way {
  /** The work. */
  readonly work: string;
  /** The way that a process takes at first, or for small amounts. */
  readonly first: TimedWay;
  /** The other one. */
  readonly second: TimedWay;
}

/** One of the ways. */
export interface TimedWay {
  /** Its name. */
  readonly name: string;
  /** Microseconds of each turn. */
  readonly times: number[];
}

interface Task {
  readonly work: string;
  readonly ways: readonly [first: NamedAction, second: NamedAction];
  /** How often it is done in a turn. */
  readonly count: number;
}

type NamedAction = readonly [name: string, action: () => unknown];

/** Turns of a round. */
const TURNS = 5;

/**
 * Measures the same work in two ways, in turn.
 *
 * @param context The part's.
 */
export async function measureWays(
  { directory, rounds, progress, signal }: PartContext,
): Promise<Way[]> {
  const path = join(directory, "cold.bin");
  await Deno.writeFile(path, new Uint8Array(2 ** 20));
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ body }) => {
      for await (const _ of body ?? []);
      return new Response();
    },
  );
  using file = await Deno.open(path, { read: true, write: true });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const found: Way[] = [];
  for (const task of [...listTasks(path, file), ...await listWebTasks(url)]) {
    signal.throwIfAborted();
    progress.show(`cold: ${task.work}`);
    const [first, second] = task.ways.map(([name]): TimedWay => ({
      name,
      times: [],
    })) as [TimedWay, TimedWay];
    for (let turn = 0; turn <= rounds * TURNS; turn++) {
      for (const [index, way] of [first, second].entries()) {
        const time = await measure(task.ways[index]![1], task.count);
        if (turn > 0) way.times.push(time);
      }
    }
    found.push({ work: task.work, first, second });
  }
  return found;
}

function listTasks(path: string, file: Deno.FsFile): Task[] {
  const small = new Uint8Array(2 ** 12);
  const read = new Uint8Array(2 ** 16);
  const write = new Uint8Array(2 ** 18);
  const large = new Uint8Array(2 ** 20);
  const start = () => file.seekSync(0, Deno.SeekMode.Start);
  function writing(name: string, bytes: Uint8Array): Task {
    return {
      work: `a write of ${name}`,
      ways: [
        ["at once", () => (start(), file.writeSync(bytes))],
        ["through threads", () => (start(), file.write(bytes))],
      ],
      count: 20,
    };
  }
  return [
    {
      work: "a CRC-32 of 4 KiB",
      ways: [["a table", () => tableCrc32(small)], [
        "node:zlib",
        () => crc32(small),
      ]],
      count: 50,
    },
    {
      work: "a look at a file",
      ways: [["at once", () => Deno.statSync(path)], [
        "through threads",
        () => Deno.stat(path),
      ]],
      count: 100,
    },
    {
      work: "a read of 64 KiB",
      ways: [
        ["at once", () => (start(), file.readSync(read))],
        ["through threads", () => (start(), file.read(read))],
      ],
      count: 50,
    },
    writing("256 KiB", write),
    writing("1 MiB", large),
  ];
}

async function listWebTasks(url: string): Promise<Task[]> {
  const [web, node] = [makeWebDigests(), await makeNodeDigests()];
  function put(name: string, size: number, count: number): Task {
    const body = new Uint8Array(size);
    return {
      work: `a PUT of ${name}`,
      ways: [
        ["fetch", () => putByFetch(url, body)],
        ["node:http", () => putByNode(url, body)],
      ],
      count,
    };
  }
  return [
    {
      work: "a signature",
      ways: [["Web Crypto", () => sign(web)], [
        "node:crypto",
        () => sign(node),
      ]],
      count: 50,
    },
    put("4 KiB", 2 ** 12, 50),
    put("16 MiB", 2 ** 24, 1),
  ];
}

async function measure(
  action: () => unknown,
  count: number,
): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < count; i++) await action();
  return (performance.now() - began) / count * 1000;
}

/** As much as a request's signature takes when its key for the day is known. */
async function sign({ hmac, sha256 }: Digests): Promise<void> {
  await sha256("x".repeat(300));
  await hmac(new Uint8Array(32), "x".repeat(150));
}

async function putByFetch(
  url: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const answer = await fetch(url, { method: "PUT", body });
  await answer.body?.cancel();
}

function putByNode(url: string, body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { method: "PUT" }, (answer) => {
      answer.on("end", resolve).resume();
    }).on("error", reject).end(body);
  });
}
