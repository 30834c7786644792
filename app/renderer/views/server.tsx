import { useEffect, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { KnownServer } from '../../../src/api/window.ts';
import type { Target } from '../../../src/broker/settings.ts';
import { isSame, type ServerTab, TABS, toFragment } from '../model/place.ts';
import { StandingBadge } from '../parts/standing.tsx';
import { useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { Discovery } from './discovery.tsx';
import { Overview } from './server/overview.tsx';
import { ServerSettingsForm } from './server/settings-form.tsx';
import { SignIn } from './sign-in.tsx';
import { Trace } from './trace.tsx';
import '../styles/servers.css';

/** Milliseconds a server that was just added has to be heard of. */
const PATIENCE = 1_500;

/** One server. */
export function ServerScreen({ target, tab }: { target: Target; tab: ServerTab }) {
  const { snapshot, go } = useSurroundings();
  const { servers: texts } = useTexts();
  const server = snapshot.servers.find(each => isSame(each, target));
  if (!server) return <Gone target={target} />;
  return (
    <div className="server">
      <header>
        <div className="row">
          <h1>
            <bdi>{server.title}</bdi>
          </h1>
          <StandingBadge server={server} />
        </div>
        <p className="url soft">{server.server}</p>
      </header>
      <Tabs
        className="tabs"
        selectedKey={tab}
        onSelectionChange={key => go({ screen: 'server', target, tab: key as ServerTab })}
      >
        <TabList aria-label={server.title}>
          {TABS.map(each => (
            <Tab key={each} id={each}>
              {texts.tabs[each]}
            </Tab>
          ))}
        </TabList>
        {TABS.map(each => (
          <TabPanel key={each} id={each}>
            <Content tab={each} server={server} target={target} />
          </TabPanel>
        ))}
      </Tabs>
    </div>
  );
}

function Content({ tab, server, target }: { tab: ServerTab; server: KnownServer; target: Target }) {
  switch (tab) {
    case 'overview':
      return <Overview server={server} target={target} />;
    case 'discovery':
      return <Discovery url={target.server} target={target} />;
    case 'sign-in':
      return <SignIn target={target} />;
    case 'trace':
      return <Trace target={target} />;
    case 'settings':
      return <ServerSettingsForm server={server} target={target} />;
  }
}

function Gone({ target }: { target: Target }) {
  const { servers: texts } = useTexts();
  const [isCertain, setCertain] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCertain(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  if (!isCertain) return null;
  return (
    <div className="empty">
      <h1>{texts.gone}</h1>
      <p className="url">{target.server}</p>
      <p>{texts.goneText}</p>
      <a href={toFragment({ screen: 'servers' })}>{texts.back}</a>
    </div>
  );
}
