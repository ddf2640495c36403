import { once } from "node:events";
import { Socket } from "node:net";
import { assert, assertStrictEquals } from "@std/assert";
import { holdWriteError } from "../../src/s3_protocol/http/hold_write_error.ts";

function writeError(): Error {
  return Object.assign(new Error("write EPIPE"), {
    code: "EPIPE",
    syscall: "write",
  });
}

Deno.test("holdWriteError() leaves time to read the answer, and then ends the connection with the error", async () => {
  const socket = new Socket();
  holdWriteError(socket);
  const error = writeError();
  socket.destroy(error);
  assert(!socket.destroyed);
  const [thrown] = await once(socket, "error").catch((error) => [error]);
  assertStrictEquals(thrown, error);
  assert(socket.destroyed);
});

Deno.test("holdWriteError() lets everything else end the connection at once", async () => {
  const socket = new Socket();
  holdWriteError(socket);
  socket.destroy(writeError());
  const closed = once(socket, "close");
  socket.destroy();
  assert(socket.destroyed);
  // The timer is gone with it.
  await closed;
});
