import { useEffect, useState } from 'react';
import type { FlowArrow, FlowField } from '../../../../src/api/window.ts';
import type { Exchange, ExchangeId } from '../../../../src/trace/event.ts';
import { SECTIONS, type Term, termOf } from '../../model/terms.ts';
import { ExchangeView } from '../../parts/exchange-view.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';

/** What an arrow carries, each name explained where it stands, and the requests behind it. */
export function ArrowDetails({ arrow }: { arrow: FlowArrow }) {
  const { signIn: texts } = useTexts();
  const { fields, exchanges, state } = arrow;
  const isEmpty = fields.length === 0 && exchanges.length === 0;
  return (
    <div className="stack">
      {isEmpty ? <p className="soft">{texts.noDetails}</p> : null}
      {fields.length > 0 ? (
        <div className="stack close">
          <h3>{state === 'next' ? texts.parameters : texts.sent}</h3>
          <Fields fields={fields} />
        </div>
      ) : null}
      {exchanges.length > 0 ? (
        <div className="stack close">
          <h3>{texts.exchanges}</h3>
          {exchanges.map(id => (
            <ExchangeOf key={id} id={id} state={state} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Names and values as they may be shown, each explained where it stands. */
export function Fields({ fields }: { fields: readonly FlowField[] }) {
  return (
    <dl className="fields">
      {fields.map((field, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand there twice
        <Field key={index} field={field} />
      ))}
    </dl>
  );
}

function Field({ field }: { field: FlowField }) {
  const term = termOf(field);
  return (
    <>
      <dt className="url">{field.name}</dt>
      <dd>
        <span className="url value">{field.value}</span>
        {term === undefined ? null : <Explained term={term} />}
      </dd>
    </>
  );
}

/** A term in plain words, with the place of the specification that says it in its own. */
export function Explained({ term }: { term: Term }) {
  const { signIn: texts } = useTexts();
  const [section, url] = SECTIONS[term];
  return (
    <span className="explained small">
      {texts.terms[term]}{' '}
      <a href={url} target="_blank" rel="noreferrer" lang="en">
        <bdi>{section}</bdi>
      </a>
    </span>
  );
}

/** Looked up anew when the arrow has gone on, since more of it is known then. */
function ExchangeOf({ id, state }: { id: ExchangeId; state: FlowArrow['state'] }) {
  const { api } = useSurroundings();
  const { signIn: texts } = useTexts();
  const [found, setFound] = useState<{ exchange?: Exchange | undefined; fault?: unknown }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state says that there is more to be had
  useEffect(() => {
    let isCurrent = true;
    api.exchange(id).then(
      exchange => isCurrent && setFound({ exchange }),
      fault => isCurrent && setFound({ fault }),
    );
    return () => {
      isCurrent = false;
    };
  }, [api, id, state]);
  if (!found) return null;
  if (found.fault !== undefined) return <FaultBox thrown={found.fault} />;
  if (!found.exchange) return <p className="soft">{texts.exchangeGone}</p>;
  return <ExchangeView exchange={found.exchange} />;
}
