/** @file The menu's words in every language of the interface. */

import type { Language, Settings } from "../contract/settings.ts";
import { LANGUAGES } from "../contract/settings.ts";

export interface MenuLabels {
  readonly file: string;
  readonly showLibrary: string;
  readonly closeWindow: string;
  readonly quit: string;
  readonly edit: string;
  readonly undo: string;
  readonly redo: string;
  readonly cut: string;
  readonly copy: string;
  readonly paste: string;
  readonly pastePlain: string;
  readonly delete: string;
  readonly selectAll: string;
  readonly view: string;
  readonly actualSize: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly fullScreen: string;
  readonly reload: string;
  readonly developerTools: string;
  readonly window: string;
  readonly minimize: string;
  readonly zoomWindow: string;
  readonly bringAllToFront: string;
  readonly help: string;
  readonly about: string;
  readonly services: string;
  readonly hide: string;
  readonly hideOthers: string;
  readonly showAll: string;
}

export const MENU_LABELS: Readonly<Record<Language, MenuLabels>> = {
  en: {
    file: "&File",
    showLibrary: "Show Library Folder",
    closeWindow: "Close Window",
    quit: "Quit Tachie",
    edit: "&Edit",
    undo: "Undo",
    redo: "Redo",
    cut: "Cut",
    copy: "Copy",
    paste: "Paste",
    pastePlain: "Paste as Plain Text",
    delete: "Delete",
    selectAll: "Select All",
    view: "&View",
    actualSize: "Actual Size",
    zoomIn: "Zoom In",
    zoomOut: "Zoom Out",
    fullScreen: "Full Screen",
    reload: "Reload",
    developerTools: "Developer Tools",
    window: "&Window",
    minimize: "Minimize",
    zoomWindow: "Zoom",
    bringAllToFront: "Bring All to Front",
    help: "&Help",
    about: "About Tachie",
    services: "Services",
    hide: "Hide Tachie",
    hideOthers: "Hide Others",
    showAll: "Show All",
  },
  "zh-CN": {
    file: "文件(&F)",
    showLibrary: "显示图库文件夹",
    closeWindow: "关闭窗口",
    quit: "退出 Tachie",
    edit: "编辑(&E)",
    undo: "撤销",
    redo: "重做",
    cut: "剪切",
    copy: "复制",
    paste: "粘贴",
    pastePlain: "粘贴为纯文本",
    delete: "删除",
    selectAll: "全选",
    view: "视图(&V)",
    actualSize: "实际大小",
    zoomIn: "放大",
    zoomOut: "缩小",
    fullScreen: "全屏",
    reload: "重新加载",
    developerTools: "开发者工具",
    window: "窗口(&W)",
    minimize: "最小化",
    zoomWindow: "缩放",
    bringAllToFront: "前置全部窗口",
    help: "帮助(&H)",
    about: "关于 Tachie",
    services: "服务",
    hide: "隐藏 Tachie",
    hideOthers: "隐藏其他",
    showAll: "全部显示",
  },
  ja: {
    file: "ファイル(&F)",
    showLibrary: "ライブラリのフォルダーを表示",
    closeWindow: "ウインドウを閉じる",
    quit: "Tachie を終了",
    edit: "編集(&E)",
    undo: "元に戻す",
    redo: "やり直す",
    cut: "切り取り",
    copy: "コピー",
    paste: "貼り付け",
    pastePlain: "プレーンテキストとして貼り付け",
    delete: "削除",
    selectAll: "すべて選択",
    view: "表示(&V)",
    actualSize: "実際のサイズ",
    zoomIn: "拡大",
    zoomOut: "縮小",
    fullScreen: "全画面表示",
    reload: "再読み込み",
    developerTools: "開発者ツール",
    window: "ウインドウ(&W)",
    minimize: "最小化",
    zoomWindow: "拡大/縮小",
    bringAllToFront: "すべてを手前に移動",
    help: "ヘルプ(&H)",
    about: "Tachie について",
    services: "サービス",
    hide: "Tachie を隠す",
    hideOthers: "ほかを隠す",
    showAll: "すべてを表示",
  },
};

/**
 * The language of the interface.
 * @param systemLanguages BCP 47 tags, the preferred one first
 */
export function chooseLanguage(chosen: Settings["language"], systemLanguages: readonly string[]): Language {
  if (chosen !== "system") return chosen;
  for (const tag of systemLanguages) {
    const [primary] = tag.toLowerCase().split(/[-_]/);
    // Simplified characters are read by whoever reads Chinese, for want of a better choice here.
    const language = LANGUAGES.find((known) => known.toLowerCase().split("-")[0] === primary);
    if (language !== undefined) return language;
  }
  return "en";
}
