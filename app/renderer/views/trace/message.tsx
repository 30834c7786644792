import { useEffect, useState } from 'react';
import type { MessageRecord } from '../../../../src/trace/event.ts';
import { partnerOf } from '../../model/exchanges.ts';
import type { Entry } from '../../model/trace.ts';
import type { TraceSource } from '../../model/trace-source.ts';
import { Badge } from '../../parts/badge.tsx';
import { BodyView } from '../../parts/body-view.tsx';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** A JSON-RPC message, and beside a request its answer. */
export function MessageView({
  message,
  entry,
  entries,
  source,
  onGo,
}: {
  message: MessageRecord;
  entry: Entry;
  entries: readonly Entry[];
  source: TraceSource;
  onGo: (entry: Entry) => void;
}) {
  const { trace } = useTexts();
  const partner = partnerOf(entries, entry);
  const isPaired = message.kind === 'request' || message.kind === 'response';
  const spent = partner ? Math.abs(partner.row.at - entry.row.at) : 0;
  return (
    <div className="exchange">
      <div className="row">
        <Badge>{trace.message[message.kind]}</Badge>
        <strong className="url">{message.method ?? ''}</strong>
        {message.id === undefined ? null : <span className="soft url">id {message.id}</span>}
        <span className="soft small">
          {message.direction === 'from-host' ? trace.fromHost : trace.toHost}
        </span>
      </div>
      <BodyView body={message} type="application/json" title={trace.message[message.kind]} />
      {!isPaired || message.id === undefined ? null : partner ? (
        <section className="stack">
          <div className="row">
            <h3>{message.kind === 'request' ? trace.answer : trace.ask}</h3>
            <span className="soft small">{trace.after(trace.ms(spent))}</span>
            <Button kind="quiet" onPress={() => onGo(partner)}>
              #{partner.row.seq}
            </Button>
          </div>
          <Partner seq={partner.row.seq} source={source} />
        </section>
      ) : (
        <p className="soft small">{message.kind === 'request' ? trace.noAnswer : ''}</p>
      )}
    </div>
  );
}

function Partner({ seq, source }: { seq: number; source: TraceSource }) {
  const { trace } = useTexts();
  const [message, setMessage] = useState<MessageRecord>();
  const [fault, setFault] = useState<unknown>();
  useEffect(() => {
    let isOver = false;
    source.event(seq).then(
      event => {
        if (!isOver && event?.kind === 'message') setMessage(event.message);
      },
      thrown => !isOver && setFault(thrown),
    );
    return () => {
      isOver = true;
    };
  }, [seq, source]);
  if (fault !== undefined) return <FaultBox thrown={fault} />;
  if (!message) return null;
  return <BodyView body={message} type="application/json" title={trace.message[message.kind]} />;
}
