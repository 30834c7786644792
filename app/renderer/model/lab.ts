import type { LabEntry } from '../../../src/api/window.ts';

/** The entries in which every word of a filter stands, in name, title or codes. Case does not matter. */
export function filterLab(entries: readonly LabEntry[], filter: string): readonly LabEntry[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  return entries.filter(({ name, title, codes }) => {
    const text = `${name} ${title} ${codes.join(' ')}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}
