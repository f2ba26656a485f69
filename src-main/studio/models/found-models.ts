/** @file What the usual places of other programs hold, as a person is told of it. */

import type { FoundModel } from "../../contract/models.ts";
import { isError } from "./findings.ts";
import { inspectFolders } from "./inspect-folder.ts";
import { usualPlaces } from "./usual-places.ts";
import type { UsualPlace } from "./usual-places.ts";

const MOST_PROBLEMS = 12;

/** Places without any part of a model are left out. @throws the signal's reason */
export async function findModels(
  signal: AbortSignal,
  places: readonly UsualPlace[] = usualPlaces(),
): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  for (const { title, folder } of places) {
    const { isComplete, parts, findings } = await inspectFolders([folder], signal);
    const list = Object.values(parts);
    if (list.length === 0) continue;
    const problems = isComplete ? [] : findings.filter(isError).map(({ message }) => message);
    found.push({
      place: title,
      folder,
      isComplete,
      parts: list.map(({ role, weights, network }) => ({ role, title: network.title, path: weights.path })),
      problems: problems.slice(0, MOST_PROBLEMS),
    });
  }
  return found;
}
