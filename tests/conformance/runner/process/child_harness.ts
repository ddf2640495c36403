export { childHarness as default } from "./child_cases.ts";
