import { plain } from '../../base/text.ts';
import type { Examination } from '../../checks/examination.ts';

/** What the user put in the place of what the servers say, as a sentence; nothing where they were believed. */
export function overriddenSentence({ overridden = [] }: Pick<Examination, 'overridden'>): string | undefined {
  if (overridden.length === 0) return undefined;
  return `Overridden: ${overridden.map(({ what, value }) => `${what} ${plain(value, 300)}`).join(', ')}.`;
}
