import { useMemo, useState } from 'react';
import { JsonView } from 'react-json-view-lite';
import type { RecordedBody } from '../../../src/trace/event.ts';
import { shownBody } from '../model/exchange.ts';
import type { StreamEvent } from '../model/stream-events.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { NamedValues } from './named-values.tsx';
import { useTexts } from './surroundings.tsx';
import { WithFingerprints } from './with-fingerprints.tsx';
import '../styles/body.css';

/** Characters of a body that are shown at once. */
const AT_ONCE = 20_000;
/** Characters of JSON that is unfolded as a whole. */
const SMALL = 3_000;

/** A body as it was recorded: a tree, the events of a stream, a form's fields, or text. */
export function BodyView({
  title,
  body,
  type = '',
  isEmpty,
}: {
  title: string;
  body: RecordedBody | undefined;
  /** The media type it came with. */
  type?: string;
  /** What is said where there is none. */
  isEmpty?: string;
}) {
  const { exchange: texts } = useTexts();
  const [isWhole, setWhole] = useState(false);
  const [isRaw, setRaw] = useState(false);
  const shown = useMemo(() => shownBody(body, type), [body, type]);
  const isText = shown.kind === 'text' || isRaw;
  if (shown.kind === 'none')
    return isEmpty === undefined ? null : (
      <section>
        <h3>{title}</h3>
        <p className="soft">{isEmpty}</p>
      </section>
    );
  const text = body?.text ?? '';
  return (
    <section>
      <div className="row">
        <h3>{title}</h3>
        <span className="small soft">{texts.bytes(body?.size ?? 0)}</span>
        <span className="grow" />
        {shown.kind === 'json' || shown.kind === 'events' || shown.kind === 'form' ? (
          <Button kind="quiet" onPress={() => setRaw(!isRaw)}>
            {isRaw ? texts.asTree : texts.asText}
          </Button>
        ) : null}
        {text === '' ? null : <CopyButton text={text} />}
      </div>
      {shown.kind === 'unseen' ? <p className="soft">{texts.unseen}</p> : null}
      {shown.kind === 'json' && !isRaw ? (
        <Json value={shown.value} label={title} isSmall={text.length < SMALL} />
      ) : null}
      {shown.kind === 'form' && !isRaw ? <NamedValues values={shown.fields} /> : null}
      {shown.kind === 'events' && !isRaw ? (
        <Events events={shown.events} rest={shown.rest} label={title} />
      ) : null}
      {isText ? (
        <pre className="foreign body" dir="ltr">
          <WithFingerprints text={isWhole ? text : text.slice(0, AT_ONCE)} />
        </pre>
      ) : null}
      {text.length > AT_ONCE && !isWhole && isText ? (
        <Button kind="quiet" onPress={() => setWhole(true)}>
          {texts.showAll}
        </Button>
      ) : null}
      {body?.cut && text !== '' ? <p className="soft small">{texts.cut}</p> : null}
    </section>
  );
}

function Json({ value, label, isSmall }: { value: object; label: string; isSmall: boolean }) {
  const { exchange: texts } = useTexts();
  return (
    <div className="json" dir="ltr">
      <JsonView
        aria-label={label}
        data={value}
        shouldExpandNode={(level, node) => level < (isSmall ? 6 : 2) && Object.keys(node ?? {}).length <= 50}
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

/** Events of a stream that are shown; the newest are what matters. */
const LAST = 200;

function Events({ events, rest, label }: { events: readonly StreamEvent[]; rest: string; label: string }) {
  const from = Math.max(0, events.length - LAST);
  return (
    <ol className="stream" start={from + 1}>
      {events.slice(from).map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events only ever come after those that are there
        <li key={from + index}>
          <p className="row small soft">
            <span>{from + index + 1}</span>
            {each.event === undefined ? null : <bdi className="url">{each.event}</bdi>}
            {each.id === undefined ? null : <bdi className="url">id {each.id}</bdi>}
          </p>
          <Data text={each.data} label={label} />
        </li>
      ))}
      {rest.trim() === '' ? null : (
        <li className="soft">
          <Data text={rest} label={label} />
        </li>
      )}
    </ol>
  );
}

function Data({ text, label }: { text: string; label: string }) {
  const shown = useMemo(() => shownBody({ size: text.length, text, cut: false }), [text]);
  if (shown.kind === 'json') return <Json value={shown.value} label={label} isSmall={text.length < SMALL} />;
  return (
    <pre className="foreign body" dir="ltr">
      <WithFingerprints text={text.slice(0, AT_ONCE)} />
    </pre>
  );
}
