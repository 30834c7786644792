import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { useTexts } from '../../parts/surroundings.tsx';

/** Pixels. */
const LEAST = 300;
const MOST = 1_200;
const STEP = 24;
const STORED = 'keybridge.trace.width';

/** The width of the details, remembered by this browser. */
export function useWidth(): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => bounded(Number(localStorage.getItem(STORED)) || 460));
  return [
    width,
    next => {
      setWidth(bounded(next));
      localStorage.setItem(STORED, String(bounded(next)));
    },
  ];
}

function bounded(width: number): number {
  return Math.round(Math.min(MOST, Math.max(LEAST, width)));
}

/** Between the list and the details: dragged, or moved with the arrow keys. */
export function Splitter({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const { trace } = useTexts();
  const towards = () => (document.documentElement.dir === 'rtl' ? -1 : 1);
  const drag = (event: PointerEvent<HTMLElement>) => {
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const from = event.clientX;
    const move = (moved: globalThis.PointerEvent) => onWidth(width - (moved.clientX - from) * towards());
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? STEP : event.key === 'ArrowRight' ? -STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    onWidth(width + step * towards());
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule between two panes that can be moved, which hr cannot
    <div
      className="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={trace.resize}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={press}
    />
  );
}
