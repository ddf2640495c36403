import { answerVariants } from "./answers.ts";
import { chunkVariants } from "./chunks.ts";
import { errorVariants } from "./errors.ts";
import { harnessVariants } from "./harnesses.ts";
import { httpVariants } from "./http.ts";
import { localVariants } from "./local.ts";
import { nameVariants } from "./names.ts";
import { progressVariants } from "./progress.ts";
import { shapeVariants } from "./shapes.ts";
import { timingVariants } from "./timing.ts";
import type { Variant } from "./variant.ts";

/** Every benign variant: correct, unusual, and never to be accused. */
export const variants: readonly Variant[] = [
  ...chunkVariants,
  ...progressVariants,
  ...timingVariants,
  ...answerVariants,
  ...localVariants,
  ...errorVariants,
  ...nameVariants,
  ...shapeVariants,
  ...harnessVariants,
  ...httpVariants,
];
