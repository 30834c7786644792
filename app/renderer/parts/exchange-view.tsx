import type { HeaderList } from '../../../src/base/world.ts';
import { toCurl } from '../../../src/trace/curl.ts';
import type { Exchange } from '../../../src/trace/event.ts';
import { phasesOf, statusOf } from '../model/exchange.ts';
import { Badge } from './badge.tsx';
import { BodyView } from './body-view.tsx';
import { CopyButton } from './copy-button.tsx';
import { NamedValues } from './named-values.tsx';
import { useTexts } from './surroundings.tsx';
import '../styles/exchange.css';

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
      <BodyView title={texts.requestBody} body={request.body} type={fieldOf(request.headers)} />
      {outcome.kind === 'answered' ? (
        <>
          <Headers title={texts.answerHeaders} headers={outcome.headers} />
          <BodyView
            title={texts.answerBody}
            body={outcome.body}
            type={fieldOf(outcome.headers)}
            isEmpty={texts.noBody}
          />
          {outcome.complete === false ? <p className="soft">{texts.brokeOff}</p> : null}
        </>
      ) : null}
      {connection ? <Connection connection={connection} /> : null}
    </div>
  );
}

/** What became of an exchange, in a word and a colour. */
function StatusBadge({ exchange }: { exchange: Exchange }) {
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
      <h3>{title}</h3>
      <NamedValues values={headers} />
    </section>
  );
}

/** The media type of a message. */
function fieldOf(headers: HeaderList): string {
  return headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
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
      <h3>{texts.connection}</h3>
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
