/** @file The icons as paths on a 20 by 20 grid, drawn with a line of 1.5. */

export const ICONS = {
  sparkle: "M10 2.5l1.7 4.8 4.8 1.7-4.8 1.7L10 15.5l-1.7-4.8L3.5 9l4.8-1.7zM16 14v3M14.5 15.5h3",
  images: "M3.5 5.5h10v9h-10zM6.5 5.5V3.5h10v9h-3M3.5 12l3-3 3.5 3.5 1.5-1.5 2 2",
  cube: "M10 2.5l6.5 3.700v7.600L10 17.5l-6.5-3.700V6.200zM3.5 6.200L10 10l6.5-3.800M10 10v7.5",
  sliders: "M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4",
  queue: "M3.5 5h13M3.5 10h13M3.5 15h8",
  dice: "M4 4h12v12H4zM7.3 7.3h.4M12.3 12.3h.4M9.8 10h.4M12.3 7.3h.4M7.3 12.3h.4",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 016 0V9",
  swap: "M4 7h11l-3-3M16 13H5l3 3",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  up: "M10 15.5V5M5.5 9L10 4.5 14.5 9",
  down: "M10 4.5V15M5.5 11L10 15.5 14.5 11",
  left: "M12.5 4.5L7 10l5.5 5.5",
  right: "M7.5 4.5L13 10l-5.5 5.5",
  chevron: "M5.5 8l4.5 4.5L14.5 8",
  retry: "M15.5 10a5.5 5.5 0 11-1.700-4M15.5 3v3.5H12",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4.5v11l9-5.5z",
  repeat: "M4 9V8a2 2 0 012-2h9l-2.5-2.5M16 11v1a2 2 0 01-2 2H5l2.5 2.5",
  branch: "M6 4v12M6 11c5 0 8-1 8-5M4 4h4M12 6h4M4 16h4",
  pen: "M4 16l.8-3.5L13.5 3.800l2.700 2.700-8.700 8.700zM11.5 5.800l2.700 2.700",
  frames: "M3.5 5.5h5.5v9H3.5zM11 3.5h5.5v11H11zM5.5 17h9",
  expand: "M11.5 3.5h5v5M8.5 16.5h-5v-5M16.5 3.5l-5.5 5.5M3.5 16.5l5.5-5.5",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  check: "M4 10.5l4 4 8-9",
  alert: "M10 3l7.5 13.5h-15zM10 8v4M10 14.300h.01",
} as const;

export type IconName = keyof typeof ICONS;
