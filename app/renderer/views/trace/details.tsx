import { X } from 'lucide-react';
import { type Ref, useEffect, useState } from 'react';
import type { TraceEvent } from '../../../../src/trace/event.ts';
import type { Entry } from '../../model/trace.ts';
import type { TraceSource } from '../../model/trace-source.ts';
import { clock } from '../../model/trace-words.ts';
import { Button } from '../../parts/button.tsx';
import { ExchangeView } from '../../parts/exchange-view.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import { MessageView } from './message.tsx';
import { Redirects, Secrets } from './related.tsx';

/** Milliseconds between two looks at an exchange that still runs. */
const AGAIN = 700;

interface Props {
  ref: Ref<HTMLElement>;
  width: number;
  entry: Entry;
  entries: readonly Entry[];
  bySeq: (seq: number) => Entry | undefined;
  source: TraceSource;
  onGo: (entry: Entry) => void;
  onClose: () => void;
}

/** One row whole, asked for when it is opened, and again while it runs. */
export function Details({ ref, width, entry, entries, bySeq, source, onGo, onClose }: Props) {
  const { trace } = useTexts();
  const { event, isGone, fault } = useEvent(entry, source);
  const { row } = entry;
  return (
    <section
      ref={ref}
      tabIndex={-1}
      className="trace-details"
      aria-label={trace.details}
      style={{ inlineSize: width }}
    >
      <header className="row">
        <h2 className="tag">
          {row.kind === 'exchange' ? trace.purposes[row.purpose] : trace.kinds[row.kind]}
        </h2>
        <span className="soft small">
          #{row.seq} · {clock(row.at)}
        </span>
        <span className="grow" />
        <Button kind="quiet" icon aria-label={trace.closeDetails} onPress={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      <div className="content stack">
        {fault === undefined ? null : <FaultBox thrown={fault} />}
        {isGone ? <p className="soft">{trace.gone}</p> : null}
        {event?.kind === 'exchange' ? (
          <>
            {row.kind === 'exchange' && row.state === 'open' ? (
              <p className="soft small">{trace.runs}</p>
            ) : null}
            <ExchangeView exchange={event.exchange} />
            <Redirects entry={entry} entries={entries} onGo={onGo} />
            <Secrets exchange={event.exchange} entry={entry} bySeq={bySeq} source={source} onGo={onGo} />
          </>
        ) : null}
        {event?.kind === 'message' ? (
          <MessageView message={event.message} entry={entry} entries={entries} source={source} onGo={onGo} />
        ) : null}
        {event?.kind === 'note' ? (
          <p className="foreign" dir="auto" lang="en">
            {event.text}
          </p>
        ) : null}
      </div>
    </section>
  );
}

/** The event of a row: what was last known of it stays until more is. */
function useEvent({ row }: Entry, source: TraceSource) {
  const [event, setEvent] = useState<TraceEvent>();
  const [isGone, setGone] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isOpen = row.kind === 'exchange' && (row.state === 'open' || row.state === 'pending');
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const found = await source.event(row.seq);
        if (isOver) return;
        if (found) setEvent(found);
        setGone(!found && !isOpen);
        if (isOpen) timer = setTimeout(() => void look(), AGAIN);
      } catch (thrown) {
        if (!isOver) setFault(thrown);
      }
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [row.seq, isOpen, source]);
  return { event, isGone, fault };
}
