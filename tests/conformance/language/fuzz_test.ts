import { assert, assertEquals } from "@std/assert";
import { StoreProcess } from "../../../conformance/language/store_process.ts";
import { openForeignStore } from "../../../conformance/language/foreign_store.ts";
import { CaseStop } from "../../../conformance/model/case_stop.ts";
import {
  MessageError,
  parseMessage,
} from "../../../conformance/language/messages.ts";

const ROUNDS = 25;
const LINES = [
  '{"id":ID,"ok":null}',
  '{"id":ID,"ok":17}',
  '{"id":ID,"begun":true}',
  '{"id":ID,"progress":[1,2],"call":1}',
  '{"id":ID,"item":"name"}',
  '{"id":ID,"error":{"code":"OTHER","message":"m"}}',
  '{"id":ID,"error":{"local":"ENOENT"}}',
  '{"id":ID,"error":{"callback":1}}',
  '{"id":ID,"error":{"aborted":true}}',
  '{"id":ID,"error":{"lacks":"all"}}',
  '{"id":ID,"error":{}}',
  '{"id":ID,"error":{"code":"NONE"}}',
  '{"id":99,"ok":null}',
  '{"id":-1,"ok":null}',
  "[]",
  "null",
  "",
  '{"id":ID',
  "\u0000\u00ff",
];

/** Numbers that a seed decides, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** A line with some of its characters taken out, doubled or replaced. */
function damage(line: string, random: (below: number) => number): string {
  const at = random(line.length + 1);
  const kinds = [
    () => line,
    () => line.slice(0, at),
    () => line.slice(0, at) + line.slice(at + 1),
    () => line.slice(0, at) + String.fromCharCode(random(128)) + line.slice(at),
  ];
  return kinds[random(kinds.length)]!().replaceAll(/['\n\0]/g, "");
}

Deno.test("whatever a child writes after its greeting, an operation ends soon, and the child with it", async () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = makeRandom(seed);
    const lines = Array.from({ length: 1 + random(5) }, () => {
      const line = LINES[random(LINES.length)]!.replace("ID", "2");
      return `echo '${damage(line, random)}';`;
    });
    const hello = JSON.stringify({
      id: 1,
      ok: { protocol: 1, store: "fuzz", powers: ["abort", "list"] },
    });
    const script = `read l; echo '${hello}'; read l; ${lines.join(" ")} exit 0`;
    const process = await StoreProcess.start({
      command: ["sh", "-c", script],
      cwd: "/",
    });
    try {
      const store = openForeignStore(process, 1);
      const callback = () => {};
      const ended = store.uploadObject("a", "/dev/null", { callback })
        .then(() => "fulfilled", (error: unknown) => error);
      const outcome = await ended;
      const isKnown = outcome === "fulfilled" || outcome instanceof Error;
      assert(isKnown, `seed ${seed}: ${outcome}\n${script}`);
      if (outcome instanceof CaseStop) {
        const statuses = ["error", "unverified"];
        assert(statuses.includes(outcome.status), `seed ${seed}: ${script}`);
      }
    } finally {
      await process.kill();
    }
  }
});

Deno.test("a line is a message or is refused with its text, and nothing else is thrown", () => {
  const random = makeRandom(4711);
  let messages = 0;
  for (let round = 0; round < 20_000; round++) {
    const line = LINES[random(LINES.length)]!.replace("ID", `${random(9)}`);
    try {
      parseMessage(damage(damage(line, random), random));
      messages++;
    } catch (error) {
      assert(error instanceof MessageError, `${error}`);
      assertEquals(error.message.includes("a line"), true);
    }
  }
  assert(messages > 1000, `only ${messages} were messages`);
});
