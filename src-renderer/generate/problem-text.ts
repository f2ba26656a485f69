/** @file What is wrong with a field, in words. */

import { REMEDIES } from "../../src-main/contract/errors.ts";
import type { Language } from "../../src-main/contract/settings.ts";
import type { Texts } from "../messages/index.ts";
import { formatNumber } from "../state/format.ts";
import type { Problem } from "./draft-problems.ts";

export function problemText(problem: Problem | undefined, texts: Texts, language: Language): string | undefined {
  switch (problem?.kind) {
    case undefined:
      return undefined;
    case "range":
      return texts.problems.range(formatNumber(language, problem.min), formatNumber(language, problem.max));
    case "multiple":
      return texts.problems.multiple(problem.of);
    case "pixels":
      return texts.problems.pixels(problem.width, problem.height, formatNumber(language, problem.max));
    case "file":
      return texts.problems.file;
    case "said": {
      const { code, message, remedy } = problem.error;
      return `${message} ${remedy === REMEDIES[code] ? texts.remedies[code] : remedy}`;
    }
  }
}
