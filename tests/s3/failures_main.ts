import { inspect } from "node:util";
import { failuresOf } from "./failures_of.ts";

/** Prints what every operation on the endpoint of the first argument rejects with, with the certificate in the file of the second trusted; run by tests as a process of its own. */
const [endpoint, caFile] = Deno.args;
const failures = await failuresOf({
  endpoint,
  ...(caFile === undefined
    ? {}
    : { caCerts: [await Deno.readTextFile(caFile)] }),
});
console.log(JSON.stringify(failures.map((failure) => ({
  code: failure.code,
  message: failure.message,
  // With all causes, for who looks for secrets.
  whole: inspect(failure, { depth: 9 }),
}))));
