import { assertEquals, assertThrows } from "@std/assert";
import { describeRule, Rules } from "../../../conformance/faults/rules.ts";
import {
  describeRequest,
  parseRequestHead,
} from "../../../conformance/faults/http_head.ts";
import type { FaultMatch, FaultRule } from "../../../conformance/mod.ts";

const OK = { kind: "status", status: 200 } as const;

Deno.test("Rules find() fits method, path, query and condition", () => {
  const request = makeRequest("PUT /b/a%20b?partNumber=1&uploadId=x%2Fy");
  const fitting: FaultMatch[] = [
    {},
    { method: "PUT" },
    { method: ["GET", "PUT"] },
    { path: "/b/a%20b" },
    { path: /a%20/g },
    { query: "uploadId" },
    { query: /uploadId=x%2F/ },
    { where: ({ query }) => query.get("uploadId") === "x/y" },
    { where: ({ headers }) => headers["x-a"] === "1, 2" },
    { method: "PUT", path: /^\/b\//, query: "partNumber", nth: 1, count: 1 },
  ];
  const others: FaultMatch[] = [
    { method: "GET" },
    { method: [] },
    { path: "/b/a b" },
    { path: /^a/ },
    { query: "upload" },
    { query: /^uploadId/ },
    { where: () => false },
    { nth: 2 },
  ];
  for (const [list, expected] of [[fitting, true], [others, false]] as const) {
    for (const match of list) {
      const rules = new Rules(undefined);
      rules.inject([{ match, action: OK }]);
      const found = rules.find(request) !== undefined;
      assertEquals(found, expected, describeRule({ match, action: OK }));
    }
  }
});

Deno.test("Rules find() takes the first rule that fits, and only that one counts the request", () => {
  const rules = new Rules(undefined);
  rules.inject([{ match: { count: 1 }, action: { ...OK, status: 201 } }]);
  rules.inject([
    { match: { count: 2 }, action: { ...OK, status: 202 } },
    { match: { nth: 2, count: 1 }, action: { ...OK, status: 203 } },
  ]);
  const request = makeRequest("GET /");
  const found = Array.from({ length: 6 }, () => {
    const action = rules.find(request)?.action;
    return action?.kind === "status" ? action.status : undefined;
  });
  assertEquals(found, [201, 202, 202, undefined, 203, undefined]);
});

Deno.test("Rules find() finds nothing that was stopped", async () => {
  const rules = new Rules(undefined);
  const request = makeRequest("GET /");
  const faults = rules.inject([{ action: OK }]);
  rules.find(request)?.fire();
  rules.find(request)?.fire();
  await faults.reached;
  await faults.stop();
  await faults.stop();
  assertEquals(rules.find(request), undefined);
  assertEquals([faults.fired, faults.total], [[2], 2]);
});

Deno.test("Rules findUnfired() tells the rules that had to fire and have not", () => {
  const rules = new Rules(undefined);
  rules.inject([
    { match: { method: "PUT", nth: 2 }, action: { kind: "lose-answer" } },
    { action: OK, optional: true },
  ]);
  rules.find(makeRequest("PUT /"));
  assertEquals(rules.findUnfired(), [
    "lose-answer for PUT, nth 2 (1 requests have fitted)",
  ]);
});

Deno.test("Rules inject() refuses rules that are not right", () => {
  const wrong: [FaultRule, string][] = [
    [{ match: { nth: 0 }, action: OK }, "'nth' must be a positive integer"],
    [{ match: { count: 0.5 }, action: OK }, "'count' must be a positive"],
    [{ action: { ...OK, status: 100 } }, "'status' must be from 200 to 599"],
    [{ action: { kind: "cut", afterBytes: -1 } }, "'afterBytes' must be an"],
    [{ action: { kind: "corrupt", byte: NaN } }, "'byte' must be an integer"],
    [{ action: { kind: "delay", ms: -1 } }, "'ms' must be an integer"],
    [
      { action: { kind: "stall", at: { bodyBytes: -1 } } },
      "'bodyBytes' must be an integer",
    ],
    [{ action: { kind: "none" } as never }, "'kind' must be one of"],
  ];
  for (const [rule, message] of wrong) {
    const rules = new Rules(undefined);
    assertThrows(() => rules.inject([rule]), TypeError, message);
  }
});

function makeRequest(line: string) {
  const head = parseRequestHead(`${line} HTTP/1.1\r\nX-A: 1\r\nx-a:2\r\n\r\n`);
  return describeRequest(head!, 1);
}
