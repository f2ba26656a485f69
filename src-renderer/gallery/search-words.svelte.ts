/** @file The words of the gallery's search in the language of the page. */

import type { Language } from "../../src-main/contract/settings.ts";
import { language } from "../state/language.svelte.ts";

const en = {
  search: "Search pictures",
  hint: "hair left:blue_hair  c2.clothing:serafuku  steps<30  -rain",
  suggestions: "How the search could go on",
  clear: "Clear the search",
  refine: "Refine",
  nothing: "Nothing in the library is like that",
  countedOver: (sampled: string, total: string) => `Counted over the newest ${sampled} of ${total}`,
  saved: "Saved searches",
  albums: "Albums",
  save: "Save this search",
  name: "Name",
  newAlbum: "New album",
  remove: (name: string) => `Remove ${name}`,
  facets: {
    ...{ n: "Characters", hair: "Hair", eyes: "Eyes", appearance: "Appearance", clothing: "Clothing" },
    ...{ expression: "Expression", action: "Action", count: "Count", style: "Style", background: "Background" },
    ...{ environment: "Environment", atmosphere: "Atmosphere", lighting: "Lighting", perspective: "Perspective" },
    ...{ artists: "Artists", objects: "Objects", plain: "Tags", model: "Model", date: "Month", lora: "LoRA" },
    ...{ toggle: "Optimisation", star: "Stars" },
  } as Readonly<Record<string, string>>,
};
type SearchTexts = typeof en;

const zhCn: SearchTexts = {
  search: "搜索图片",
  hint: "hair left:blue_hair  c2.clothing:水手服  steps<30  -雨",
  suggestions: "可以这样继续",
  clear: "清除搜索",
  refine: "筛选",
  nothing: "图库中没有这样的图片",
  countedOver: (sampled, total) => `统计自 ${total} 张中最新的 ${sampled} 张`,
  saved: "已保存的搜索",
  albums: "相册",
  save: "保存此搜索",
  name: "名称",
  newAlbum: "新建相册",
  remove: (name) => `移除 ${name}`,
  facets: {
    ...{ n: "角色", hair: "头发", eyes: "眼睛", appearance: "外貌", clothing: "服装" },
    ...{ expression: "表情", action: "动作", count: "人数", style: "风格", background: "背景" },
    ...{ environment: "环境", atmosphere: "氛围", lighting: "光照", perspective: "视角" },
    ...{ artists: "画师", objects: "物品", plain: "标签", model: "模型", date: "月份", lora: "LoRA" },
    ...{ toggle: "优化", star: "星标" },
  },
};

const ja: SearchTexts = {
  search: "画像を検索",
  hint: "hair left:blue_hair  c2.clothing:セーラー服  steps<30  -雨",
  suggestions: "検索の続きの候補",
  clear: "検索を消す",
  refine: "絞り込み",
  nothing: "該当する画像はありません",
  countedOver: (sampled, total) => `${total} 枚のうち新しい ${sampled} 枚で集計`,
  saved: "保存した検索",
  albums: "アルバム",
  save: "この検索を保存",
  name: "名前",
  newAlbum: "新しいアルバム",
  remove: (name) => `${name} を取り除く`,
  facets: {
    ...{ n: "キャラクター", hair: "髪", eyes: "目", appearance: "外見", clothing: "服装" },
    ...{ expression: "表情", action: "動作", count: "人数", style: "画風", background: "背景" },
    ...{ environment: "環境", atmosphere: "雰囲気", lighting: "照明", perspective: "視点" },
    ...{ artists: "絵師", objects: "物", plain: "タグ", model: "モデル", date: "月", lora: "LoRA" },
    ...{ toggle: "最適化", star: "スター" },
  },
};

const TEXTS: Readonly<Record<Language, SearchTexts>> = { en, "zh-CN": zhCn, ja };

class SearchWords {
  readonly texts: SearchTexts = $derived(TEXTS[language.current]);
}

export const searchWords = new SearchWords();
