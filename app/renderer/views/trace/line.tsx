import { ArrowDownLeft, ArrowUpRight } from 'lucide-react';
import { memo } from 'react';
import { plain } from '../../../../src/base/text.ts';
import type { SpanTarget } from '../../../../src/trace/event.ts';
import type { ExchangeRow } from '../../../../src/trace/row.ts';
import { phasesIn } from '../../model/exchange.ts';
import { type Entry, keyOf } from '../../model/trace.ts';
import { groupOf, resultOf } from '../../model/trace-filter.ts';
import { clock, pathOf } from '../../model/trace-words.ts';
import { FingerprintChip } from '../../parts/fingerprint-chip.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

interface Props {
  id: string;
  entry: Entry;
  index: number;
  top: number;
  isSelected: boolean;
  /** Where its bar begins and ends, between 0 and 1. */
  bar: { from: number; to: number };
  target: SpanTarget | undefined;
  onSelect: (entry: Entry, opens: boolean) => void;
}

/** One row of the trace. */
export const TraceLine = memo(Line, (one, other) => {
  return (
    one.entry === other.entry &&
    one.top === other.top &&
    one.isSelected === other.isSelected &&
    one.bar.from === other.bar.from &&
    one.bar.to === other.bar.to &&
    one.onSelect === other.onSelect
  );
});

function Line({ id, entry, index, top, isSelected, bar, onSelect }: Props) {
  const { row } = entry;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of which only the rows in sight exist
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className="trace-line"
      data-kind={row.kind}
      data-key={keyOf(row)}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(entry, true)}
    >
      <Cell name="time">
        <span dir="ltr">{clock(row.at)}</span>
      </Cell>
      {row.kind === 'exchange' ? (
        <ExchangeCells row={row} host={entry.host} bar={bar} />
      ) : (
        <OtherCells entry={entry} bar={bar} />
      )}
    </div>
  );
}

function Cell({ name, children }: { name: string; children?: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <span role="gridcell" className={name}>
      {children}
    </span>
  );
}

function ExchangeCells({ row, host, bar }: { row: ExchangeRow; host: string; bar: Props['bar'] }) {
  const { trace, exchange: words } = useTexts();
  const result = resultOf(row);
  const times = phasesIn(row.timing);
  const whole = times.reduce((sum, { length }) => sum + length, 0);
  const runs = row.state === 'pending' || row.state === 'open';
  return (
    <>
      <Cell name="kind">
        <span className="tag" data-group={groupOf(row.purpose)}>
          {trace.purposes[row.purpose]}
        </span>
      </Cell>
      <Cell name="what">
        <span className="line-text" dir="ltr">
          <strong>{row.method}</strong> {plain(pathOf(row.url), 300)}
          {row.rpc === undefined ? null : <span className="rpc">{row.rpc}</span>}
          {row.token === undefined ? null : <FingerprintChip fingerprint={row.token} />}
        </span>
      </Cell>
      <Cell name="host">
        <bdi>{host}</bdi>
      </Cell>
      <Cell name="status">
        <span className="result" data-result={result}>
          {row.status ?? (row.state === 'failed' ? trace.states.failed : trace.states.pending)}
          {row.state === 'broken' ? ` ${trace.states.broken}` : ''}
        </span>
      </Cell>
      <Cell name="size">{row.received > 0 ? words.bytes(row.received) : ''}</Cell>
      <Cell name="duration">
        <span className="bar-text">{runs || whole === 0 ? '' : trace.ms(whole)}</span>
        <span className="track">
          <span
            className="bar"
            data-runs={runs || undefined}
            style={{
              insetInlineStart: `${bar.from * 100}%`,
              inlineSize: `${Math.max(0, bar.to - bar.from) * 100}%`,
            }}
          >
            {times.map(({ name, length }) => (
              <span key={name} data-phase={name} style={{ flexGrow: length }} />
            ))}
          </span>
        </span>
      </Cell>
    </>
  );
}

function OtherCells({ entry, bar }: { entry: Entry; bar: Props['bar'] }) {
  const { trace, exchange: words } = useTexts();
  const { row } = entry;
  const dot = (
    <>
      <span />
      <span className="track">
        <span className="dot-at" style={{ insetInlineStart: `${bar.from * 100}%` }} />
      </span>
    </>
  );
  if (row.kind === 'note') {
    return (
      <>
        <Cell name="kind">
          <span className="tag" data-group="note">
            {trace.kinds.note}
          </span>
        </Cell>
        <Cell name="what">
          <span className="line-text note foreign" dir="auto" lang="en">
            {plain(row.text, 300)}
          </span>
        </Cell>
        <Cell name="host" />
        <Cell name="status" />
        <Cell name="size" />
        <Cell name="duration">{dot}</Cell>
      </>
    );
  }
  if (row.kind !== 'message') return null;
  const isUp = row.direction === 'from-host';
  return (
    <>
      <Cell name="kind">
        <span className="tag" data-group="message">
          {trace.message[row.message]}
        </span>
      </Cell>
      <Cell name="what">
        <span className="line-text" dir="ltr">
          {isUp ? <ArrowUpRight size={14} aria-hidden /> : <ArrowDownLeft size={14} aria-hidden />}
          <span className="visually-hidden">{isUp ? trace.fromHost : trace.toHost}</span>
          <strong>{plain(row.method ?? row.message, 100)}</strong>
          {row.id === undefined ? null : <span className="soft"> id {plain(row.id, 40)}</span>}
        </span>
      </Cell>
      <Cell name="host">
        <bdi>{entry.host}</bdi>
      </Cell>
      <Cell name="status" />
      <Cell name="size">{words.bytes(row.size)}</Cell>
      <Cell name="duration">{dot}</Cell>
    </>
  );
}
