import { assertEquals, assertRejects } from "@std/assert";
import { expectBoundedMemory } from "../../../../conformance/cases/shared/memory.ts";
import type {
  CaseContext,
  FailureDetails,
} from "../../../../conformance/model/case.ts";
import { CaseStop, failed } from "../../../../conformance/model/case_stop.ts";

const MIB = 2 ** 20;

/** Judges growths by size, all in MiB, as a case does; the sizes that were moved are added to a list. */
async function judge(
  growth: (size: number) => number,
  { largest = 1024, moved = [] as number[] } = {},
): Promise<void> {
  const ctx = {
    fail: (details: FailureDetails) => failed({ clauses: [27] }, details),
    limits: { largestObject: largest * MIB },
  } as unknown as CaseContext;
  await expectBoundedMemory(ctx, (size) => {
    moved.push(size / MIB);
    return Promise.resolve(growth(size / MIB) * MIB);
  }, "the body may be held");
}

Deno.test("memory that grows little is measured once", async () => {
  const moved: number[] = [];
  await judge(() => 128, { moved });
  assertEquals(moved, [256]);
});

Deno.test("memory that is bounded passes, however much it is", async () => {
  const moved: number[] = [];
  await judge((size) => size === 256 ? 132 : 190, { moved });
  assertEquals(moved, [256, 512]);
  await judge(() => 400);
});

Deno.test("memory that grows with what is moved fails, also by a part of it", async () => {
  for (const share of [1, 0.5]) {
    const error = await assertRejects(
      () => judge((size) => 5 + share * size),
      CaseStop,
    );
    assertEquals(
      error.failure?.observed,
      `it grew by ${Math.round(5 + share * 256)} MiB for 256 MiB, and by ${
        Math.round(5 + share * 512)
      } MiB for 512`,
    );
  }
});

Deno.test("memory is judged by half the bytes where twice as many are too many", async () => {
  const moved: number[] = [];
  await judge(() => 132, { largest: 300, moved });
  assertEquals(moved, [256, 128]);
  await assertRejects(() => judge((size) => size, { largest: 300 }), CaseStop);
});
