import { type FormEvent, useEffect, useState } from 'react';
import { Form, Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import type { PastedServer } from '../../../../src/api/window.ts';
import { Fault } from '../../../../src/base/fault.ts';
import { hostOf, nameOf } from '../../model/standing.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';

/** Milliseconds of quiet after which what is typed is read. */
const QUIET = 120;

const EXAMPLE = 'https://server.example/mcp';
/** The account of who names none, as it stands everywhere. */
const USUAL = 'default';

type Reading = { of: string; found: readonly PastedServer[]; trouble?: unknown };

/** Anything that names servers, and what was understood of it. */
export function AddForm({ onCancel }: { onCancel?: () => void }) {
  const { api, go } = useSurroundings();
  const { servers: texts, shell } = useTexts();
  const [text, setText] = useState('');
  const [profile, setProfile] = useState('');
  const [trouble, setTrouble] = useState<unknown>();
  const reading = useReading(text, profile);
  const good = reading.found.filter(each => each.target && !each.problem);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const targets = await api.addServers(text, profile.trim() || undefined);
      const [first, ...more] = targets;
      if (first && more.length === 0) go({ screen: 'server', target: first, tab: 'overview' });
      else go({ screen: 'servers' });
    } catch (error) {
      setTrouble(error);
    }
  };
  return (
    <Form className="stack" onSubmit={event => void add(event)}>
      <TextField
        className="field"
        value={text}
        onChange={next => {
          setText(next);
          setTrouble(undefined);
        }}
        autoFocus
      >
        <Label>{texts.paste}</Label>
        <TextArea
          className="input mono paste"
          rows={3}
          dir="ltr"
          spellCheck={false}
          autoComplete="off"
          placeholder={EXAMPLE}
        />
        <Text slot="description" className="hint">
          {texts.pasteHint}
        </Text>
      </TextField>
      <div aria-live="polite" className="stack">
        {reading.trouble === undefined ? null : <FaultBox thrown={reading.trouble} />}
        {reading.found.length === 0 ? null : <Found servers={reading.found} />}
      </div>
      {good.length === 0 ? null : (
        <TextField className="field account" value={profile} onChange={setProfile}>
          <Label>{texts.profile}</Label>
          <Input className="input" placeholder={USUAL} dir="auto" autoComplete="off" spellCheck={false} />
          <Text slot="description" className="hint">
            {texts.profileHint}
          </Text>
        </TextField>
      )}
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
      <div className="row end">
        {onCancel ? <Button onPress={onCancel}>{shell.cancel}</Button> : null}
        <Button kind="primary" type="submit" isDisabled={good.length === 0}>
          {texts.addCount(good.length)}
        </Button>
      </div>
    </Form>
  );
}

/** What is understood of a text, a moment after it was typed. */
function useReading(text: string, profile: string): Reading {
  const { api } = useSurroundings();
  const [reading, setReading] = useState<Reading>({ of: '', found: [] });
  useEffect(() => {
    if (text.trim() === '') return setReading({ of: '', found: [] });
    let isCurrent = true;
    const timer = setTimeout(() => {
      api.readPasted(text, profile.trim() || undefined).then(
        found => isCurrent && setReading({ of: text, found }),
        trouble => isCurrent && setReading({ of: text, found: [], trouble }),
      );
    }, QUIET);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [api, text, profile]);
  return reading;
}

function Found({ servers }: { servers: readonly PastedServer[] }) {
  const { servers: texts } = useTexts();
  const title = texts.found(servers.filter(each => !each.problem).length);
  return (
    <section className="stack found" aria-label={title}>
      <h3>{title}</h3>
      <ul className="panel">
        {servers.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stand as they stand in the text
          <li key={index}>
            <div className="row">
              <bdi className="name">{titleOf(each)}</bdi>
              {each.problem ? (
                <Badge tone="broken">{texts.cannotAdd}</Badge>
              ) : (
                <Badge tone={each.known ? 'plain' : 'good'}>{each.known ? texts.known : texts.canAdd}</Badge>
              )}
            </div>
            {each.target ? <p className="url soft">{each.target.server}</p> : null}
            {each.problem ? <FaultBox thrown={Fault.from(each.problem)} /> : <Understood server={each} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function titleOf({ name, target }: PastedServer): string {
  if (target) return nameOf({ ...(name === undefined ? {} : { name }), ...target });
  return name ?? '';
}

/** What of the settings was taken over. */
function Understood({ server: { settings, target } }: { server: PastedServer }) {
  const { servers: texts } = useTexts();
  if (!settings || !target) return null;
  const { headers, clientId, hasClientSecret, scopes, redirectUri } = settings;
  const said = [
    headers.length === 0 ? '' : texts.withHeaders(headers.join(', ')),
    clientId === undefined ? '' : texts.withClient(clientId),
    hasClientSecret ? texts.withSecret : '',
    scopes === undefined ? '' : texts.withScopes(scopes.join(' ')),
    redirectUri === undefined ? '' : hostOf(redirectUri),
  ].filter(each => each !== '');
  return said.length === 0 ? null : (
    <p className="soft small">
      <bdi>{said.join(' · ')}</bdi>
    </p>
  );
}
