import { inspect } from "node:util";
import { failuresOf } from "./failures_of.ts";

/** Prints what every operation on the endpoint of the first argument rejects with; run by tests as a process of its own. */
const failures = await failuresOf({ endpoint: Deno.args[0] });
console.log(JSON.stringify(failures.map((failure) => ({
  code: failure.code,
  message: failure.message,
  // With all causes, for who looks for secrets.
  whole: inspect(failure, { depth: 9 }),
}))));
