/** @file The methods of drafts and of the character bible. */

import { TachieError } from "../../contract/errors.ts";
import { isDialect } from "../../contract/prompt.ts";
import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import type { Library } from "../library/library.ts";
import type { Field } from "../params.ts";
import { anId, requireParams, shape, text } from "../params.ts";
import { isDraftSettings } from "../request-check.ts";
import { CharacterStore } from "./character-store.ts";
import { DraftStore } from "./draft-store.ts";

/** UTF-8 bytes of a draft's text, and of its negative. */
const MAX_DRAFT_BYTES = 1 << 20;
const MAX_NAME_LENGTH = 200;

const isText = (value: unknown): boolean => typeof value === "string";
const aDraft: Field = {
  check: shape({ text: isText, negative: isText, dialect: isDialect, settings: isDraftSettings }, [
    "text",
    "negative",
    "dialect",
    "settings",
  ]),
  wanted: "a draft: text, negative, dialect and settings",
};
const aName: Field = {
  check: (value) => typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME_LENGTH,
  wanted: `a name of 1 to ${MAX_NAME_LENGTH} characters`,
};

type DraftMethod =
  | "currentDraft"
  | "saveCurrentDraft"
  | "keepDraft"
  | "drafts"
  | "removeDraft"
  | "characters"
  | "saveCharacter"
  | "removeCharacter";

/** @param onChange the draft in the editor is another */
export function draftHandlers(library: Library, onChange: () => void): Pick<Handlers<StudioService>, DraftMethod> {
  const drafts = new DraftStore(library);
  const characters = new CharacterStore(library);
  return {
    currentDraft(params) {
      requireParams("currentDraft", params, {});
      const draft = drafts.current();
      return draft === undefined ? {} : { draft };
    },
    saveCurrentDraft(params) {
      const { draft } = requireParams("saveCurrentDraft", params, { draft: aDraft });
      for (const field of ["text", "negative"] as const)
        if (Buffer.byteLength(draft[field]) > MAX_DRAFT_BYTES)
          throw new TachieError("prompt.too-large", `the draft's ${field} is larger than 1 MiB`, { where: field });
      const saved = drafts.saveCurrent(draft);
      onChange();
      return saved;
    },
    keepDraft(params) {
      requireParams("keepDraft", params, {});
      return drafts.keepCurrent();
    },
    drafts(params) {
      requireParams("drafts", params, {});
      return { drafts: drafts.kept() };
    },
    removeDraft(params) {
      drafts.remove(requireParams("removeDraft", params, { id: anId }).id);
      onChange();
      return {};
    },
    characters(params) {
      requireParams("characters", params, {});
      return { characters: characters.all() };
    },
    saveCharacter(params) {
      const { name, xml } = requireParams("saveCharacter", params, { name: aName, xml: text(MAX_DRAFT_BYTES) });
      return characters.save(name.trim().toWellFormed(), xml);
    },
    removeCharacter(params) {
      characters.remove(requireParams("removeCharacter", params, { id: anId }).id);
      return {};
    },
  };
}
