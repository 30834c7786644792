import type { ReactNode } from 'react';

/** What may be wider than its place, and scrolls there: so the keyboard must reach it. */
export function Scrolls({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <section className="scrolls" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
