import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react';
import { createAxis, type Stretch } from '../../model/axis.ts';
import { type Entry, keyOf, place, type TraceModel } from '../../model/trace.ts';
import type { Shown } from '../../model/trace-view.ts';
import { useTexts } from '../../parts/surroundings.tsx';
import { TraceLine } from './line.tsx';

/** Pixels of a row, and rows that are there beyond what is in sight. */
const ROW = 28;
const BEYOND = 4;

interface Props {
  ref: Ref<HTMLDivElement>;
  shown: Shown;
  model: TraceModel;
  selected: Entry | undefined;
  /** The newest row stays in sight. */
  follows: boolean;
  isOpen: boolean;
  empty: ReactNode;
  onFollows: (follows: boolean) => void;
  onSelect: (entry: Entry, opens: boolean) => void;
  onEnter: () => void;
}

/** The rows, of which only those in sight are in the document. */
export function TraceList(props: Props) {
  const { ref, shown, model, selected, follows, isOpen, empty, onFollows, onSelect, onEnter } = props;
  const { trace } = useTexts();
  const { entries } = shown;
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(entries);
  useImperativeHandle(ref, () => scroller.current as HTMLDivElement);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: BEYOND,
    // The head stays in sight, above the rows.
    scrollPaddingEnd: ROW,
  });

  // Rows that come before what is looked at push it away; it is put back before anybody sees.
  useLayoutEffect(() => {
    const element = scroller.current;
    const earlier = before.current;
    before.current = entries;
    if (!element) return;
    if (follows) {
      element.scrollTop = element.scrollHeight;
      return;
    }
    const index = Math.floor(element.scrollTop / ROW);
    const first = earlier === entries ? undefined : earlier[index];
    const at = first ? place(entries, first) : -1;
    if (at >= 0 && at !== index) element.scrollTop += (at - index) * ROW;
  }, [entries, follows]);

  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < ROW / 2;
    if (isAtEnd !== follows) onFollows(isAtEnd);
  };

  const index = selected ? place(entries, selected) : -1;
  const pressed = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index < 0 ? entries.length - 1 : index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: entries.length - 1,
    };
    if (event.key === 'Enter' && selected) onEnter();
    else if (event.key in steps) {
      const next = Math.min(entries.length - 1, Math.max(0, steps[event.key] ?? 0));
      const entry = entries[next];
      if (!entry) return;
      onSelect(entry, false);
      virtual.scrollToIndex(next);
    } else return;
    event.preventDefault();
  };

  const items = virtual.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = virtual.range ?? {};
  const seen = entries.slice(startIndex, endIndex + 1);
  const axis = createAxis(seen.map(stretchOf));
  const { columns } = trace;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of which only the rows in sight exist
    <div
      className="trace-list"
      role="grid"
      aria-label={trace.title}
      aria-rowcount={entries.length + 1}
      aria-activedescendant={index >= 0 && selected ? idOf(selected) : undefined}
      tabIndex={0}
      ref={scroller}
      onScroll={scrolled}
      onKeyDown={pressed}
      data-open={isOpen || undefined}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row */}
      <div role="row" aria-rowindex={1} className="trace-line head">
        {(['time', 'kind', 'what', 'host', 'status', 'size', 'duration'] as const).map(name => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: see above
          <span key={name} role="columnheader" className={name}>
            {columns[name]}
          </span>
        ))}
      </div>
      {entries.length === 0 ? (
        // biome-ignore lint/a11y/useSemanticElements: see above
        // biome-ignore lint/a11y/useFocusableInteractive: see above
        <div role="row">
          {/* biome-ignore lint/a11y/useSemanticElements: see above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
          <div role="gridcell">{empty}</div>
        </div>
      ) : null}
      <div className="trace-lines" role="presentation" style={{ blockSize: virtual.getTotalSize() }}>
        {items.map(item => {
          const entry = entries[item.index];
          if (!entry) return null;
          return (
            <TraceLine
              key={keyOf(entry.row)}
              id={idOf(entry)}
              entry={entry}
              index={item.index}
              top={item.start}
              isSelected={item.index === index}
              bar={barOf(entry, axis)}
              target={model.targetOf(entry)}
              onSelect={onSelect}
            />
          );
        })}
      </div>
    </div>
  );
}

function idOf({ row }: Entry): string {
  return `row-${keyOf(row)}`;
}

/** When an entry ran; what still runs counts until its head, or the axis would never end. */
function stretchOf({ row }: Entry): Stretch {
  if (row.kind !== 'exchange') return { from: row.at, to: row.at };
  const spent = row.type === 'text/event-stream' ? row.timing.head : (row.timing.end ?? row.timing.head);
  return { from: row.at, to: row.at + (spent ?? 0) };
}

function barOf(entry: Entry, axis: (moment: number) => number): { from: number; to: number } {
  const { row } = entry;
  const from = axis(row.at);
  if (row.kind !== 'exchange') return { from, to: from };
  const { head, end } = row.timing;
  const runs = row.state === 'pending' || row.state === 'open';
  return { from, to: runs ? 1 : axis(row.at + (end ?? head ?? 0)) };
}
