import type { Case } from "../../model/case.ts";

/** The cases of a group by the numbers of their ids, from whatever files they come. */
export function inOrder(...parts: (readonly Case[])[]): readonly Case[] {
  return parts.flat().toSorted((a, b) => numberOf(a) - numberOf(b));
}

function numberOf({ id }: Case): number {
  return Number(id.replace(/.*-/, ""));
}
