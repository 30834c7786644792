import type { CSSProperties } from 'react';
import { hueOf } from '../model/exchanges.ts';
import '../styles/body.css';

/** A redacted value by its fingerprint: equal values look alike. */
export function FingerprintChip({ fingerprint }: { fingerprint: string }) {
  return (
    <span className="fingerprint" style={{ '--hue': hueOf(fingerprint) } as CSSProperties} dir="ltr">
      <span className="square" aria-hidden />#{fingerprint}
    </span>
  );
}
