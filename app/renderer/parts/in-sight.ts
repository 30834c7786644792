import { useEffect } from 'react';

/** Milliseconds in which a list that the keyboard has left may still scroll to what was chosen in it. */
const SETTLED = 100;

/** Brings what the keyboard has come to back into sight, should something else have scrolled it away. */
export function useInSight(): void {
  useEffect(() => {
    const come = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      setTimeout(() => {
        if (document.activeElement !== target || !target.matches(':focus-visible')) return;
        const { top, bottom } = target.getBoundingClientRect();
        if (bottom <= 0 || top >= innerHeight) target.scrollIntoView({ block: 'nearest' });
      }, SETTLED);
    };
    addEventListener('focusin', come);
    return () => removeEventListener('focusin', come);
  }, []);
}
