import { useState } from 'react';
import { JsonView } from 'react-json-view-lite';
import type { HeaderList } from '../../../src/base/world.ts';
import { toCurl } from '../../../src/trace/curl.ts';
import type { Exchange, RecordedBody } from '../../../src/trace/event.ts';
import { phasesOf, shownBody, statusOf } from '../model/exchange.ts';
import { Badge } from './badge.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { useTexts } from './surroundings.tsx';
import '../styles/exchange.css';

/** Characters of a body that are shown at once. */
const AT_ONCE = 20_000;

/** One HTTP exchange whole: request and answer, its time, and the command that asks again. */
export function ExchangeView({ exchange }: { exchange: Exchange }) {
  const { exchange: texts } = useTexts();
  const { request, outcome, connection } = exchange;
  return (
    <div className="exchange">
      <div className="row">
        <StatusBadge exchange={exchange} />
        <strong>{request.method}</strong>
        <span className="url grow">{request.url}</span>
        <CopyButton text={toCurl(exchange)} label={texts.copyCurl} />
      </div>
      {outcome.kind === 'failed' ? (
        <p className="foreign problem" dir="auto" lang="en">
          {outcome.fault.message}
        </p>
      ) : null}
      <Timing exchange={exchange} />
      <Headers title={texts.requestHeaders} headers={request.headers} />
      <Body title={texts.requestBody} body={request.body} />
      {outcome.kind === 'answered' ? (
        <>
          <Headers title={texts.answerHeaders} headers={outcome.headers} />
          <Body title={texts.answerBody} body={outcome.body} isEmpty={texts.noBody} />
          {outcome.complete === false ? <p className="soft">{texts.brokeOff}</p> : null}
        </>
      ) : null}
      {connection ? <Connection connection={connection} /> : null}
    </div>
  );
}

/** What became of an exchange, in a word and a colour. */
export function StatusBadge({ exchange }: { exchange: Exchange }) {
  const { exchange: texts } = useTexts();
  const { outcome } = exchange;
  if (outcome.kind === 'pending') return <Badge>{texts.pending}</Badge>;
  const isBad = outcome.kind === 'failed' || outcome.status >= 500;
  const isGood = outcome.kind === 'answered' && outcome.status < 300;
  return (
    <Badge tone={isBad ? 'broken' : isGood ? 'good' : 'plain'}>
      <bdi>{statusOf(exchange)}</bdi>
    </Badge>
  );
}

function Timing({ exchange }: { exchange: Exchange }) {
  const { exchange: texts } = useTexts();
  const phases = phasesOf(exchange);
  const last = phases.at(-1);
  const whole = last ? last.from + last.length : 0;
  if (whole === 0) return null;
  return (
    <div className="timing">
      <div className="bar" aria-hidden>
        {phases.map(({ name, length }) => (
          <span key={name} data-phase={name} style={{ flexGrow: length }} />
        ))}
      </div>
      <ul className="row small soft">
        {phases.map(({ name, length }) => (
          <li key={name} className="row">
            <span className="swatch" data-phase={name} aria-hidden />
            {texts.phases[name]} {texts.milliseconds(Math.round(length))}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Headers({ title, headers }: { title: string; headers: HeaderList }) {
  if (headers.length === 0) return null;
  return (
    <section>
      <h4>{title}</h4>
      <dl className="headers">
        {headers.map(([name, value], index) => (
          // The same name may stand there twice; their order never changes.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is never reordered
          <div key={index}>
            <dt className="url">{name}</dt>
            <dd className="url">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Body({ title, body, isEmpty }: { title: string; body: RecordedBody | undefined; isEmpty?: string }) {
  const { exchange: texts } = useTexts();
  const [isWhole, setWhole] = useState(false);
  const [isRaw, setRaw] = useState(false);
  const shown = shownBody(body);
  if (shown.kind === 'none')
    return isEmpty === undefined ? null : (
      <section>
        <h4>{title}</h4>
        <p className="soft">{isEmpty}</p>
      </section>
    );
  const text = body?.text ?? '';
  return (
    <section>
      <div className="row">
        <h4>{title}</h4>
        <span className="small soft">{texts.bytes(body?.size ?? 0)}</span>
        <span className="grow" />
        {shown.kind === 'json' ? (
          <Button kind="quiet" onPress={() => setRaw(!isRaw)}>
            {isRaw ? texts.asTree : texts.asText}
          </Button>
        ) : null}
        {text === '' ? null : <CopyButton text={text} />}
      </div>
      {shown.kind === 'unseen' ? <p className="soft">{texts.unseen}</p> : null}
      {shown.kind === 'json' && !isRaw ? <Json value={shown.value} label={title} /> : null}
      {shown.kind === 'text' || (shown.kind === 'json' && isRaw) ? (
        <pre className="foreign body" dir="ltr">
          {isWhole ? text : text.slice(0, AT_ONCE)}
        </pre>
      ) : null}
      {text.length > AT_ONCE && !isWhole && (shown.kind === 'text' || isRaw) ? (
        <Button kind="quiet" onPress={() => setWhole(true)}>
          {texts.showAll}
        </Button>
      ) : null}
      {body?.cut && text !== '' ? <p className="soft small">{texts.cut}</p> : null}
    </section>
  );
}

function Json({ value, label }: { value: object; label: string }) {
  const { exchange: texts } = useTexts();
  return (
    <div className="json" dir="ltr">
      <JsonView
        aria-label={label}
        data={value}
        shouldExpandNode={(level, node) => level < 2 && Object.keys(node ?? {}).length <= 50}
        style={{
          container: 'json-container',
          basicChildStyle: 'json-child',
          childFieldsContainer: 'json-fields',
          label: 'json-label',
          clickableLabel: 'json-label clickable',
          stringValue: 'json-string foreign',
          numberValue: 'json-number',
          booleanValue: 'json-word',
          nullValue: 'json-word',
          undefinedValue: 'json-word',
          otherValue: 'json-word',
          punctuation: 'json-punctuation',
          expandIcon: 'json-expand',
          collapseIcon: 'json-collapse',
          collapsedContent: 'json-collapsed',
          ariaLables: { expandJson: texts.expand, collapseJson: texts.collapse },
          stringifyStringValues: true,
        }}
      />
    </div>
  );
}

function Connection({ connection }: { connection: NonNullable<Exchange['connection']> }) {
  const { exchange: texts } = useTexts();
  const { address, reused, viaProxy, tls } = connection;
  const facts: [string, string][] = [
    ...(address === undefined ? [] : [[texts.address, address] satisfies [string, string]]),
    ...(viaProxy === undefined ? [] : [[texts.proxy, viaProxy] satisfies [string, string]]),
    ...(tls ? [[texts.tls, tls.protocol] satisfies [string, string]] : []),
    ...(tls?.chain[0] ? [[texts.certificate, tls.chain[0].subject] satisfies [string, string]] : []),
  ];
  if (facts.length === 0 && !reused) return null;
  return (
    <section>
      <h4>{texts.connection}</h4>
      <dl className="headers">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="url">{value}</dd>
          </div>
        ))}
      </dl>
      {reused ? <p className="soft small">{texts.reused}</p> : null}
    </section>
  );
}
