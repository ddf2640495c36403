import { assert, assertEquals } from "@std/assert";
import type { Client } from "../../bench/clients/client.ts";
import { createRclone } from "../../bench/clients/rclone.ts";
import {
  type CellTimes,
  measureCell,
} from "../../bench/distance/measure_cell.ts";
import type { PartContext } from "../../bench/parts/part.ts";

function shellClient(name: string, script: string): Client {
  return {
    ...{ name, version: "1", isBound: true },
    command: () => Promise.resolve({ program: "sh", args: ["-c", script] }),
  };
}

async function measure(clients: readonly Client[]): Promise<CellTimes> {
  const directory = await Deno.makeTempDir();
  try {
    const { signal } = new AbortController();
    const context = { directory, signal, rounds: 1 };
    return await measureCell(context as PartContext, {
      ...{ direction: "upload", size: 4096, roundTrip: 1 },
      rate: 90 * 2 ** 20,
    }, {
      clients,
      place: {
        ...{ endpoint: "", region: "", bucket: "", accessKeyId: "" },
        secretAccessKey: "",
      },
      original: { path: "", key: "", sum: 0 },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("measureCell() gives each client its time from its own beginning on, also after one that was late", async () => {
  const times = await measure([
    shellClient("ours", "echo 5"),
    shellClient("late", "exec sleep 60"),
    shellClient("quick", "sleep 0.1; echo 7"),
  ]);
  assertEquals([...times], [["ours", 5], ["late", Infinity], ["quick", 7]]);
});

Deno.test("measureCell() takes the whole process of a client that tells no times, which does it once", async () => {
  const times = await measure([{
    ...createRclone("sh", "1"),
    command: () =>
      Promise.resolve({ program: "sh", args: ["-c", "exec sleep 0.1"] }),
  }]);
  const time = times.get("rclone");
  assert(typeof time === "number" && time >= 100, `${time}`);
});
