/** @file Where a window was and how large, as it is kept between two runs, checked against the screens there are now. */

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  /** Of the window while it is neither maximised nor full-screen, in the system's own pixels. */
  readonly bounds: Bounds;
  readonly isMaximized: boolean;
}

export const SMALLEST = { width: 800, height: 560 } as const;
const USUAL = { width: 1360, height: 880 } as const;
/** So much of a window's top edge must be on a screen for a hand to reach it. */
const REACHABLE = { width: 120, height: 32 } as const;

/** @returns undefined for anything that is no state */
export function parseWindowState(text: string): WindowState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // damaged: the window opens where it would on its first day
  }
  if (!isRecord(value) || !isRecord(value["bounds"]) || typeof value["isMaximized"] !== "boolean") return undefined;
  const { x, y, width, height } = value["bounds"];
  if (!isPixels(x) || !isPixels(y) || !isPixels(width) || !isPixels(height)) return undefined;
  return { bounds: { x, y, width, height }, isMaximized: value["isMaximized"] };
}

/**
 * The place for a window: as it was where that can be reached and fits, otherwise in the middle of the first screen.
 * @param screens each screen's area without bars, the main one first
 */
export function placeWindow(state: WindowState | undefined, screens: readonly Bounds[]): WindowState {
  const isMaximized = state?.isMaximized ?? false;
  const home = state === undefined ? undefined : screens.find((screen) => isReachable(state.bounds, screen));
  if (state !== undefined && home !== undefined) return { bounds: fitSize(state.bounds, home), isMaximized };
  const [screen = { x: 0, y: 0, ...USUAL }] = screens;
  const { width, height } = fitSize({ ...screen, ...(state?.bounds ?? USUAL) }, screen);
  return {
    bounds: {
      x: screen.x + Math.round((screen.width - width) / 2),
      y: screen.y + Math.round((screen.height - height) / 2),
      width,
      height,
    },
    isMaximized,
  };
}

function fitSize({ x, y, width, height }: Bounds, screen: Bounds): Bounds {
  return {
    x,
    y,
    width: Math.max(SMALLEST.width, Math.min(width, screen.width)),
    height: Math.max(SMALLEST.height, Math.min(height, screen.height)),
  };
}

function isReachable(bounds: Bounds, screen: Bounds): boolean {
  const shownWidth = Math.min(bounds.x + bounds.width, screen.x + screen.width) - Math.max(bounds.x, screen.x);
  const isTopShown = bounds.y >= screen.y && bounds.y <= screen.y + screen.height - REACHABLE.height;
  return shownWidth >= REACHABLE.width && isTopShown;
}

/** Screens of 100,000 pixels are not made. */
function isPixels(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) < 100_000;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
