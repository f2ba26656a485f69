/** @file What quick fixes do, in the languages of the page other than English, which the checks speak themselves. */

import type { FixCode, FixName } from "../../../src-main/contract/prompt.ts";
import type { Language } from "../../../src-main/contract/settings.ts";
import { FIX_TITLES, fixTitle } from "../../../src-main/prompt/index.ts";

const zhCn: Readonly<Record<FixCode, string>> = {
  "add-entry": "添加该条目",
  "close-before": "在它之前关闭 {0}",
  "close-envelope": "补全外壳",
  "close-tag": "关闭 {0}",
  "escape-parentheses": "转义括号",
  join: "合并",
  "join-envelope": "并入外壳的说明",
  "keep-last": "只留最后一个",
  make: "改为 {0}",
  "make-caption": "设为说明",
  "make-comment": "改成注释",
  "move-out": "移到外面",
  place: "移到 {0}",
  remove: "删除",
  "remove-character": "删除这个角色",
  "remove-comma": "删除逗号",
  "remove-end-tag": "删除结束标签",
  "remove-entry": "删除该条目",
  "remove-inner-tags": "删除内层标签",
  "remove-line": "删除这一行",
  "remove-sign": "删除该字符",
  rename: "改名为 {0}",
  renumber: "重新编号",
  "take-from-negative": "从负面提示词中去掉 {0}",
  write: "写成 {0}",
  "write-properly": "改成正确的写法",
};

const ja: Readonly<Record<FixCode, string>> = {
  "add-entry": "項目を追加",
  "close-before": "その前で {0} を閉じる",
  "close-envelope": "外枠を閉じる",
  "close-tag": "{0} を閉じる",
  "escape-parentheses": "括弧をエスケープ",
  join: "一つにまとめる",
  "join-envelope": "外枠のキャプションにまとめる",
  "keep-last": "最後のものだけ残す",
  make: "{0} にする",
  "make-caption": "キャプションにする",
  "make-comment": "コメントにする",
  "move-out": "外へ移す",
  place: "{0} に置く",
  remove: "削除",
  "remove-character": "このキャラクターを削除",
  "remove-comma": "カンマを削除",
  "remove-end-tag": "終了タグを削除",
  "remove-entry": "項目を削除",
  "remove-inner-tags": "内側のタグを削除",
  "remove-line": "この行を削除",
  "remove-sign": "この文字を削除",
  rename: "名前を {0} にする",
  renumber: "番号を振り直す",
  "take-from-negative": "{0} をネガティブから外す",
  write: "{0} と書く",
  "write-properly": "正しい書き方に直す",
};

export const FIX_TEXTS: Readonly<Record<Language, Readonly<Record<FixCode, string>>>> = {
  en: FIX_TITLES,
  "zh-CN": zhCn,
  ja,
};

export function fixText(fix: FixName, language: Language): string {
  return fixTitle(fix, FIX_TEXTS[language]);
}
