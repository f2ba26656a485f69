/** @file What the prompt module offers to others. Everything is pure: texts and trees in, texts and trees out. */

export { canonicalName, CHARACTER_FIELDS, GENERAL_FIELDS } from "./vocabulary.ts";
export type { CharacterField, GeneralField } from "./vocabulary.ts";
export { PROMPT_LIMITS } from "./limits.ts";
export type { Attribute, ElementNode, PromptNode, PromptTree, TextNode } from "./tree.ts";
export type { Box } from "./envelope.ts";
export { decodePrompt } from "./decode.ts";
export { readPrompt } from "./read.ts";
export type { PromptReading } from "./read.ts";
export { modelText, writePrompt } from "./write.ts";
export { markupSpans, writingPlace } from "./markup.ts";
export type { MarkupKind, MarkupSpan, WritingPlace } from "./markup.ts";
export { modelTextParts } from "./model-parts.ts";
export type { BlockPart, ModelTextParts, TextPart } from "./model-parts.ts";
export { convertPrompt } from "./dialects/convert.ts";
export type { Conversion } from "./dialects/convert.ts";
export { withoutCarriers } from "./carrier.ts";
export { isSamePrompt } from "./equality.ts";
export { isTagList, joinTags, parseTags, tagName, tagNames } from "./tags.ts";
export type { Tag, TagItem } from "./tags.ts";
export { blocksOf } from "./blocks.ts";
export {
  captionText,
  elementById,
  fieldsOf,
  fieldTags,
  fieldText,
  generalOf,
  generalText,
  setCaption,
  setCharacterField,
  setCharacterTags,
  setElementText,
  setGeneralField,
  setGeneralTags,
} from "./fields.ts";
export type { FieldView } from "./fields.ts";
export {
  addCharacter,
  characterBox,
  characterName,
  charactersOf,
  characterText,
  duplicateCharacter,
  fillCharacter,
  insertCharacter,
  moveCharacter,
  orderCharacters,
  removeCharacter,
  renumberCharacters,
  setCharacterBox,
  swapCharacters,
  swapField,
} from "./cast.ts";
export type { CastChange } from "./cast.ts";
export { checkPrompt, lintPrompt } from "./lint/lint.ts";
export type { LintOptions } from "./lint/lint.ts";
export { applyFix, applyFixes } from "./lint/fixes.ts";
export type { FixedTexts, FixOptions } from "./lint/fixes.ts";
export { parseVocabulary, searchForm, tagLabel, Vocabulary } from "./tag-vocabulary.ts";
export type { TagCategory, VocabularyTag } from "./tag-vocabulary.ts";
export { diffPrompts, frameOf, nodeText } from "./diff.ts";
export type { ChangePlace, PromptChange, PromptFrame } from "./diff.ts";
export { applyChanges } from "./apply-changes.ts";
export { gridRequests, nameOfTarget } from "./grid-requests.ts";
export type { GridCellRequest } from "./grid-requests.ts";
export { FIX_TITLES, fixTitle } from "./fix-titles.ts";
