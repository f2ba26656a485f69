/** @file The tag under the pointer while it is dragged: lists may take it from one another. */

import type { FieldRef } from "../model/field-ref.ts";

export interface DraggedTag {
  /** Absent for lists that are no field of the tree: such a tag only moves within its list. */
  readonly field?: FieldRef;
  readonly list: symbol;
  readonly index: number;
  readonly text: string;
}

class TagDrag {
  current = $state.raw<DraggedTag | undefined>(undefined);
}

export const tagDrag = new TagDrag();
