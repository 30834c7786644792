/** Two pillars and what is hung between them; each sign is one pixel at its plainest density. */
const ROWS = [
  '................',
  '................',
  '...##......##...',
  '...##......##...',
  '..####....####..',
  '..#.##....##.#..',
  '.#..##....##..#.',
  '.#..#.#..#.#..#.',
  '#...#..##..#...#',
  '....#......#....',
  '################',
  '################',
  '....#......#....',
  '....#......#....',
  '................',
  '................',
];

/** The icon's side at a scale, in pixels. */
export function iconSide(scale: number): number {
  return ROWS.length * scale;
}

/**
 * The icon beside the clock as a bitmap of four bytes a pixel, blue first. `light`: for a dark bar. A macOS
 * template is black, and the system colours it.
 */
export function iconBitmap(scale: number, { light }: { light: boolean }): Buffer {
  const side = iconSide(scale);
  const shade = light ? 0xff : 0;
  const bitmap = Buffer.alloc(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ROWS[Math.floor(y / scale)]?.[Math.floor(x / scale)] !== '#') continue;
      bitmap.fill(Buffer.from([shade, shade, shade, 0xff]), (y * side + x) * 4, (y * side + x + 1) * 4);
    }
  }
  return bitmap;
}
