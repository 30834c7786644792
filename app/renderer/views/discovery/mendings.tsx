import { useEffect, useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { ProxyMending } from '../../../../src/api/window.ts';
import { Fault } from '../../../../src/base/fault.ts';
import { Badge } from '../../parts/badge.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FormField } from '../../parts/form-field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';

/** Milliseconds after the last key. */
const QUIET = 200;

type Host = '' | 'public' | 'upstream';

interface Props {
  /** As the examination had them, for a server of which nothing more is known. */
  mendings: readonly ProxyMending[];
  examination: string;
}

/** The configuration that fixes it, for whichever proxy stands in front of the server. */
export function Mendings({ mendings, examination }: Props) {
  const { discovery } = useTexts();
  if (mendings.length === 0) return null;
  return (
    <Disclosure className="unfold">
      <Button slot="trigger" className="unfold-button">
        {discovery.configuration}
      </Button>
      <DisclosurePanel>
        <Written mendings={mendings} examination={examination} />
      </DisclosurePanel>
    </Disclosure>
  );
}

function Written({ mendings, examination }: Props) {
  const { discovery } = useTexts();
  const [upstream, setUpstream] = useState('');
  const [host, setHost] = useState<Host>('');
  const { written, trouble } = useWritten({ mendings, examination }, upstream, host);
  const [first] = written;
  return (
    <div className="stack mending">
      <div className="mending-fields">
        <FormField
          kind="code"
          label={discovery.upstream}
          hint={discovery.upstreamHint}
          placeholder={first?.upstream ?? ''}
          value={upstream}
          onChange={setUpstream}
          error={trouble?.sentence}
        />
        <SelectField
          label={discovery.hostHeader}
          value={host}
          options={(['', 'upstream', 'public'] as const).map(value => ({
            value,
            name: discovery.hostHeaders[value],
          }))}
          onChange={setHost}
        />
      </div>
      <p className="small soft">{discovery.hostHeaderHint}</p>
      <Tabs className="tabs">
        <TabList aria-label={discovery.proxy}>
          {written.map(({ name, title, isRecognized }) => (
            <Tab key={name} id={name}>
              {title} {isRecognized ? <Badge>{discovery.recognized}</Badge> : null}
            </Tab>
          ))}
        </TabList>
        {written.map(each => (
          <TabPanel key={each.name} id={each.name} className="stack mending">
            <div className="row">
              <span className="soft small foreign grow" lang="en" dir="auto">
                {each.goes}
              </span>
              <CopyButton text={each.configuration} label={discovery.copyConfiguration} />
            </div>
            {each.isAssumed ? <p className="small">{discovery.upstreamAssumed(each.upstream)}</p> : null}
            {each.assumptions.map(assumption => (
              <p key={assumption} className="small">
                {discovery.assumed}{' '}
                <span className="foreign" lang="en" dir="auto">
                  {assumption}
                </span>
              </p>
            ))}
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
            <pre className="block" dir="ltr" tabIndex={0}>
              {each.configuration}
            </pre>
          </TabPanel>
        ))}
      </Tabs>
    </div>
  );
}

/** What is written for these answers, a moment after they were given; what was written before until then. */
function useWritten({ mendings, examination }: Props, upstream: string, hostHeader: Host) {
  const { api } = useSurroundings();
  const [state, setState] = useState<{ of: string; written: readonly ProxyMending[]; trouble?: Fault }>();
  const isAsked = upstream.trim() !== '' || hostHeader !== '';
  useEffect(() => {
    if (!isAsked) return setState(undefined);
    let isCurrent = true;
    const timer = setTimeout(() => {
      const choice = { upstream: upstream.trim(), ...(hostHeader === '' ? {} : { hostHeader }) };
      api.proxyConfigurations(examination, choice).then(
        written => isCurrent && setState({ of: examination, written }),
        thrown =>
          isCurrent &&
          setState(before => ({
            of: examination,
            written: before?.written ?? mendings,
            trouble: Fault.of(thrown),
          })),
      );
    }, QUIET);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [api, examination, mendings, upstream, hostHeader, isAsked]);
  if (!isAsked || state?.of !== examination) return { written: mendings, trouble: undefined };
  return { written: state.written, trouble: state.trouble };
}
