import { useEffect, useState } from 'react';
import { plain } from '../../../../src/base/text.ts';
import type { Exchange } from '../../../../src/trace/event.ts';
import { type Fingerprint, fingerprintsOf, redirectsOf } from '../../model/exchanges.ts';
import type { Entry } from '../../model/trace.ts';
import type { TraceSource } from '../../model/trace-source.ts';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { FingerprintChip } from '../../parts/fingerprint-chip.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** The redirects an exchange is part of, in order. */
export function Redirects({
  entry,
  entries,
  onGo,
}: {
  entry: Entry;
  entries: readonly Entry[];
  onGo: (entry: Entry) => void;
}) {
  const { trace } = useTexts();
  const chain = redirectsOf(entries, entry);
  if (chain.length === 0) return null;
  return (
    <section className="stack">
      <h3>{trace.redirects}</h3>
      <ol className="redirects">
        {chain.map(each => (
          <li key={each.first} aria-current={each === entry ? 'step' : undefined}>
            <Button kind="quiet" isDisabled={each === entry} onPress={() => onGo(each)}>
              #{each.row.seq}
            </Button>
            {each.row.kind === 'exchange' ? (
              <span className="url">
                {each.row.status ?? ''} {plain(each.row.url, 300)}
              </span>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Redacted values that are listed, and places of each that are named. */
const MOST = 12;
const PLACES = 6;

/** The redacted values of an exchange, and where else the same ones were seen. */
export function Secrets({
  exchange,
  entry,
  bySeq,
  source,
  onGo,
}: {
  exchange: Exchange;
  entry: Entry;
  bySeq: (seq: number) => Entry | undefined;
  source: TraceSource;
  onGo: (entry: Entry) => void;
}) {
  const { trace } = useTexts();
  const found = fingerprintsOf(exchange).slice(0, MOST);
  if (found.length === 0) return null;
  return (
    <section className="stack">
      <div>
        <h3>{trace.secrets}</h3>
        <p className="soft small">{trace.secretsText}</p>
      </div>
      <ul className="secrets">
        {found.map(each => (
          <Secret
            key={each.fingerprint}
            secret={each}
            entry={entry}
            bySeq={bySeq}
            source={source}
            onGo={onGo}
          />
        ))}
      </ul>
    </section>
  );
}

function Secret({
  secret: { name, fingerprint, length },
  entry,
  bySeq,
  source,
  onGo,
}: {
  secret: Fingerprint;
  entry: Entry;
  bySeq: (seq: number) => Entry | undefined;
  source: TraceSource;
  onGo: (entry: Entry) => void;
}) {
  const { trace } = useTexts();
  const [seqs, setSeqs] = useState<readonly number[]>();
  const [fault, setFault] = useState<unknown>();
  const own = entry.row.seq;
  useEffect(() => {
    let isOver = false;
    source.search(`#${fingerprint}]`).then(
      found => !isOver && setSeqs(found),
      thrown => !isOver && setFault(thrown),
    );
    return () => {
      isOver = true;
    };
  }, [source, fingerprint]);
  const others = (seqs ?? []).filter(seq => seq !== own).flatMap(seq => bySeq(seq) ?? []);
  others.sort((one, other) => one.row.at - other.row.at);
  return (
    <li>
      <FingerprintChip fingerprint={fingerprint} />
      <bdi className="mono">{name}</bdi>
      <span className="soft small">{trace.characters(length)}</span>
      <span className="row small">
        {seqs === undefined ? null : others.length === 0 ? (
          <span className="soft">{trace.onlyHere}</span>
        ) : (
          <>
            <span className="soft">{trace.sameAs}</span>
            {others.slice(0, PLACES).map(other => (
              <Button key={other.first} kind="quiet" className="place" onPress={() => onGo(other)}>
                #{other.row.seq}
              </Button>
            ))}
            {others.length > PLACES ? (
              <span className="soft">{trace.andMore(others.length - PLACES)}</span>
            ) : null}
          </>
        )}
      </span>
      {fault === undefined ? null : <FaultBox thrown={fault} />}
    </li>
  );
}
