import { FlaskConical, List, Settings, Stethoscope, Waypoints } from 'lucide-react';
import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import icon from './icon.svg';
import type { Connection } from './model/connection.ts';
import { chooseLanguage, directionOf, type Language } from './model/language.ts';
import { type Place, toFragment, toPlace } from './model/place.ts';
import type { Store } from './model/store.ts';
import { useArrival } from './parts/arrival.ts';
import { Boundary } from './parts/boundary.tsx';
import { Button } from './parts/button.tsx';
import { Commands } from './parts/commands.tsx';
import { Failed } from './parts/failed.tsx';
import { useInSight } from './parts/in-sight.ts';
import { ServerLinks } from './parts/server-links.tsx';
import { SurroundingsProvider, TextsProvider, useStore, useTexts } from './parts/surroundings.tsx';
import { TroublesView, useTroubles } from './parts/troubles.tsx';
import { en, loadTexts, type Texts } from './texts/catalogue.ts';
import { Screen } from './views/screen.tsx';

const IS_MAC = /^Mac/.test(navigator.platform);

/** The whole window. */
export function Shell({ connection }: { connection: Store<Connection> }) {
  const now = useStore(connection);
  const snapshot = now.state === 'connecting' ? undefined : now.snapshot;
  const language = chooseLanguage(snapshot?.preferences.language ?? 'system', navigator.languages);
  const theme = snapshot?.preferences.theme ?? 'system';
  const spoken = useLanguage(language);

  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);

  if (!spoken) return null;
  return (
    <I18nProvider locale={spoken.language}>
      <TextsProvider texts={spoken.texts}>
        {now.state === 'open' || (now.state === 'lost' && snapshot) ? (
          <Boundary
            place={String(now.state)}
            shown={failure => (
              <main className="screen">
                <Failed failure={failure} version={snapshot?.broker.version ?? ''} screen="frame" />
              </main>
            )}
          >
            <House connection={now} />
          </Boundary>
        ) : (
          <Outside isLost={now.state === 'lost'} />
        )}
      </TextsProvider>
    </I18nProvider>
  );
}

/** A language with its texts, once they are here: until then the one before is spoken, and at first none. */
function useLanguage(language: Language): { language: Language; texts: Texts } | undefined {
  const [spoken, setSpoken] = useState<{ language: Language; texts: Texts }>();
  useEffect(() => {
    let isCurrent = true;
    const speak = (texts: Texts, its: Language) => {
      if (!isCurrent) return;
      document.documentElement.lang = its;
      document.documentElement.dir = directionOf(its);
      setSpoken({ language: its, texts });
    };
    // English is here already, whatever becomes of the connection.
    loadTexts(language).then(
      texts => speak(texts, language),
      () => speak(en, 'en'),
    );
    return () => {
      isCurrent = false;
    };
  }, [language]);
  return spoken;
}

function Outside({ isLost }: { isLost: boolean }) {
  const { shell } = useTexts();
  return (
    <main className="empty">
      <h1>{isLost ? shell.lostTitle : shell.name}</h1>
      <p>{isLost ? shell.lostText : shell.connecting}</p>
    </main>
  );
}

function House({ connection }: { connection: Connection }) {
  const texts = useTexts();
  const { shell } = texts;
  const [place, go] = usePlace();
  const troubles = useTroubles(toFragment(place));
  const [isOpen, setOpen] = useState(false);
  const [api, setApi] = useState(connection.state === 'open' ? connection.api : undefined);
  useEffect(() => {
    if (connection.state === 'open') setApi(connection.api);
  }, [connection]);
  const snapshot = connection.state === 'connecting' ? undefined : connection.snapshot;
  useInSight();
  useArrival(place, snapshot?.servers ?? [], texts);
  if (!snapshot || !api) return <Outside isLost />;
  const links = [
    { place: { screen: 'doctor', url: '' }, icon: Stethoscope, name: shell.doctor },
    { place: { screen: 'trace' }, icon: Waypoints, name: shell.trace },
    { place: { screen: 'lab' }, icon: FlaskConical, name: shell.lab },
    { place: { screen: 'settings' }, icon: Settings, name: shell.settings },
  ] as const;
  return (
    <SurroundingsProvider value={{ api, snapshot, go, tell: troubles.tell }}>
      <Commands isOpen={isOpen} onOpenChange={setOpen} />
      <a className="skip" href="#content">
        {shell.skip}
      </a>
      <div className="shell">
        <nav aria-label={shell.main}>
          <div className="brand">
            <img src={icon} alt="" width={22} height={22} />
            {shell.name}
          </div>
          <Button
            className="commands-button"
            onPress={() => setOpen(true)}
            aria-keyshortcuts="Control+K Meta+K"
          >
            {shell.commands}
            <span className="keys" aria-hidden>
              <kbd>{IS_MAC ? '⌘' : 'Ctrl'}</kbd>
              <kbd>K</kbd>
            </span>
          </Button>
          <ul>
            <li>
              <PlaceLink place={{ screen: 'servers' }} current={place.screen === 'servers'}>
                <List size={16} aria-hidden />
                <span className="name">{shell.servers}</span>
              </PlaceLink>
            </li>
          </ul>
          <ServerLinks place={place} />
          <div className="grow" />
          <ul>
            {links.map(({ place: to, icon: Icon, name }) => (
              <li key={to.screen}>
                <PlaceLink place={to} current={place.screen === to.screen}>
                  <Icon size={16} aria-hidden />
                  <span className="name">{name}</span>
                </PlaceLink>
              </li>
            ))}
          </ul>
        </nav>
        <main id="content" tabIndex={-1}>
          {connection.state === 'lost' ? (
            <div className="banner" role="status">
              {shell.lostBanner}
            </div>
          ) : null}
          <div className="screen">
            <Boundary
              place={toFragment(place)}
              shown={failure => (
                <Failed failure={failure} version={snapshot.broker.version} screen={place.screen} />
              )}
            >
              <Screen place={place} />
            </Boundary>
          </div>
        </main>
      </div>
      <TroublesView troubles={troubles} />
    </SurroundingsProvider>
  );
}

function PlaceLink({
  place,
  current,
  children,
}: {
  place: Place;
  current: boolean;
  children: React.ReactNode;
}) {
  return (
    <a href={toFragment(place)} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

function usePlace(): [Place, (place: Place) => void] {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const heard = () => {
      // The way past the navigation leads to no other place.
      if (location.hash === '#content') history.replaceState(null, '', fragment || '#/');
      else setFragment(location.hash);
    };
    addEventListener('hashchange', heard);
    return () => removeEventListener('hashchange', heard);
  }, [fragment]);
  return [
    toPlace(fragment),
    place => {
      location.hash = toFragment(place);
    },
  ];
}
