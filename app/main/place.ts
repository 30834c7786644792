import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { BrowserWindow, Rectangle } from 'electron';
import { isObject, parseJson } from '../../src/base/json.ts';

/** Where the window is, in pixels that do not depend on the screen's density. */
export interface Place {
  width: number;
  height: number;
  /** Absent: in the middle of the screen. */
  x?: number;
  y?: number;
  maximized: boolean;
}

/** The smallest the window is made for. */
export const SMALLEST = { width: 900, height: 600 };
const FIRST: Place = { width: 1280, height: 800, maximized: false };
/** Pixels of the window that must be on some screen for it to be found there. */
const SEEN = 100;

/** A remembered place, as far as it fits the screens there are now. */
export function fitPlace(text: string, screens: readonly Rectangle[]): Place {
  const read = parse(text);
  const [width, height] = [pixels(read.width), pixels(read.height)];
  if (width === undefined || height === undefined) return FIRST;
  const size = { width: Math.max(width, SMALLEST.width), height: Math.max(height, SMALLEST.height) };
  const place: Place = { ...size, maximized: read.maximized === true };
  const [x, y] = [pixels(read.x), pixels(read.y)];
  if (x === undefined || y === undefined) return place;
  // The title bar has to be within reach.
  const isSeen = screens.some(
    screen =>
      x + size.width >= screen.x + SEEN &&
      x <= screen.x + screen.width - SEEN &&
      y >= screen.y &&
      y <= screen.y + screen.height - SEEN,
  );
  return isSeen ? { ...place, x, y } : place;
}

/** Where a window is, and where it goes back to when it is not maximized any more. */
export function placeOf(window: Pick<BrowserWindow, 'getNormalBounds' | 'isMaximized'>): Place {
  return { ...window.getNormalBounds(), maximized: window.isMaximized() };
}

/** The place a file keeps. It need not be there. */
export function readPlace(path: string, screens: readonly Rectangle[]): Place {
  try {
    return fitPlace(readFileSync(path, 'utf8'), screens);
  } catch {
    return FIRST;
  }
}

/** A full disk costs no more than a window in the middle of the screen. */
export function writePlace(path: string, place: Place): void {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(place)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // Next time.
  }
}

function parse(text: string): Record<string, unknown> {
  const read = parseJson(text);
  return isObject(read) ? read : {};
}

function pixels(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 100_000
    ? value
    : undefined;
}
