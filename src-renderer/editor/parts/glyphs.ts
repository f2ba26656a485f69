/** @file Drawings that only the editor needs, on the same grid as `ui/icons.ts`. */

export const GLYPHS = {
  undo: "M7.5 5L3.5 9l4 4M4 9h8a4.5 4.5 0 010 9h-1.500",
  redo: "M12.500 5l4 4-4 4M16 9H8a4.5 4.5 0 000 9h1.500",
  grip: "M7 5.500h.01M12 5.500h.01M7 10h.01M12 10h.01M7 14.500h.01M12 14.500h.01",
  trash: "M4 6h12M8 6V4h4v2M5.500 6l.7 10.500h7.600L14.500 6M8.500 9v5M11.500 9v5",
  book: "M5 3.500h10.500v13H6A1.5 1.5 0 014.500 15V4.500A1 1 0 015.500 3.500M4.500 14.500A1.500 1.500 0 016 13.500h9.500",
  bookmark: "M6 3.500h8v13l-4-3-4 3z",
  template: "M3.500 4h13v12h-13zM3.500 8h13M8 8v8",
  paste: "M7 4H4.500v12.500h11V4H13M7 3h6v3H7z",
  pin: "M10 17s5-4.700 5-8.700a5 5 0 00-10 0C5 12.300 10 17 10 17zM10 10h.01",
  person: "M10 10a3.200 3.200 0 100-6.400A3.200 3.200 0 0010 10zM4 17c.5-3.500 3-5 6-5s5.500 1.500 6 5",
  more: "M4.500 10a.5.5 0 101 0 .5.5 0 10-1 0M9.500 10a.5.5 0 101 0 .5.5 0 10-1 0M14.500 10a.5.5 0 101 0 .5.5 0 10-1 0",
  check: "M4 10.500l4 4 8-9",
  wand: "M4 16l8.500-8.500M11 4.500v-2M14.500 6l1.500-1.500M15.500 9.500h2",
  plus: "M10 4v12M4 10h12",
  minus: "M5 10h10",
  close: "M5.500 5.500l9 9M14.500 5.500l-9 9",
  copy: "M7 7h9.5v9.5H7zM13 7V3.500H3.500V13H7",
  swap: "M4 7h11l-3-3M16 13H5l3 3",
  chevron: "M5.500 8l4.500 4.500L14.500 8",
} as const;

export type GlyphName = keyof typeof GLYPHS;
