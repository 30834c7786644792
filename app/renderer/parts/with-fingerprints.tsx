import type { ReactNode } from 'react';
import { FingerprintChip } from './fingerprint-chip.tsx';

const MARK = /\[redacted (\d+) #([0-9a-f]{6})\]/g;
/** Fingerprints in one text that are coloured. */
const MOST_MARKS = 200;

/** A text, its redacted values with the colour they have everywhere. */
export function WithFingerprints({ text }: { text: string }) {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const { index, 0: all, 2: fingerprint = '' } of text.matchAll(MARK)) {
    if (parts.length > MOST_MARKS) break;
    parts.push(
      text.slice(from, index),
      <span key={index} title={all}>
        <FingerprintChip fingerprint={fingerprint} />
      </span>,
    );
    from = index + all.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}
