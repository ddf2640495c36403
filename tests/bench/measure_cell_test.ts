import { assertEquals } from "@std/assert";
import type { Client } from "../../bench/clients/client.ts";
import { measureCell } from "../../bench/distance/measure_cell.ts";
import type { PartContext } from "../../bench/parts/part.ts";

function shellClient(name: string, script: string): Client {
  return {
    ...{ name, version: "1", isBound: true },
    command: () => Promise.resolve({ program: "sh", args: ["-c", script] }),
  };
}

Deno.test("measureCell() gives each client its time from its own beginning on, also after one that was late", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const context = { directory, signal: new AbortController().signal };
    const times = await measureCell(context as PartContext, {
      ...{ direction: "download", size: 4096, roundTrip: 1 },
      rate: 90 * 2 ** 20,
    }, {
      clients: [
        shellClient("ours", "echo 5"),
        shellClient("late", "exec sleep 60"),
        shellClient("quick", "sleep 0.1; echo 7"),
      ],
      place: {
        ...{ endpoint: "", region: "", bucket: "", accessKeyId: "" },
        secretAccessKey: "",
      },
      original: { path: "", key: "", sum: 0 },
    });
    assertEquals([...times], [["ours", 5], ["late", Infinity], ["quick", 7]]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
