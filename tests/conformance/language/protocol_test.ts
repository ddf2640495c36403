import { assert, assertEquals, assertThrows } from "@std/assert";
import { NAME_OF_CODE } from "../../../conformance/checks/error_chain.ts";
import { splitCommand } from "../../../conformance/cli/split_command.ts";
import {
  parseMessage,
  PROTOCOL_VERSION,
  readHello,
} from "../../../conformance/language/messages.ts";
import { defineHarness } from "../../../conformance/model/define_harness.ts";

const CONFORMANCE = new URL("../../../conformance/", import.meta.url);

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, CONFORMANCE));
}

Deno.test("the transcript of the protocol's page is made of messages", async () => {
  const [, transcript = ""] = (await read("PROTOCOL.md"))
    .split("## A transcript");
  const lines = transcript.split("\n");
  const kit = lines.filter((line) => line.startsWith("> "));
  const child = lines.filter((line) => line.startsWith("< "));
  assert(kit.length > 5 && child.length > 5);
  for (const line of kit) JSON.parse(line.slice(2));
  const messages = child.map((line) => parseMessage(line.slice(2)));
  const [hello] = messages;
  assert(hello?.kind === "ok");
  assertEquals(readHello(hello.value).store, "my store");
});

Deno.test("the schema of the protocol knows the codes of the contract, and the version", async () => {
  const { $defs } = JSON.parse(await read("language/protocol.schema.json"));
  assertEquals($defs.error.properties.code.enum, Object.keys(NAME_OF_CODE));
  assertEquals($defs.hello.properties.protocol.const, PROTOCOL_VERSION);
});

Deno.test("splitCommand() splits as a shell does, and expands nothing", () => {
  assertEquals(splitCommand(`python3  'my serve.py' "a \\"b" c\\ d $X ''`), [
    "python3",
    "my serve.py",
    'a "b',
    "c d",
    "$X",
    "",
  ]);
  assertThrows(() => splitCommand("  "), TypeError, "no words");
  assertThrows(() => splitCommand("a 'b"), TypeError, "is not closed");
});

Deno.test("defineHarness() takes a command in place of open, and refuses both", () => {
  const command = ["python3", "serve.py"];
  assertEquals(defineHarness({ command }), { command });
  for (const wrong of [[], [""], "python3 serve.py", [1]]) {
    const harness = { command: wrong as string[] };
    assertThrows(() => defineHarness(harness), TypeError, "'command' must be");
  }
  const both = { command, open: () => {} } as { command: string[] };
  assertThrows(() => defineHarness(both), TypeError, "'open' is not one");
});
