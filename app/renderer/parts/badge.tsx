import type { ReactNode } from 'react';
import type { Severity } from '../../../src/checks/check.ts';

export type Tone = Severity | 'good' | 'plain';

/** A word with a colour; the word alone says it too. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
