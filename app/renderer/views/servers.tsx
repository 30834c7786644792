import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { KnownServer } from '../../../src/api/window.ts';
import { toFragment } from '../model/place.ts';
import { hostOf, isFound, standingOf, toneOf, whyOf } from '../model/standing.ts';
import { Button } from '../parts/button.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { Remaining, StandingBadge, useNow } from '../parts/standing.tsx';
import { useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { VaultNotice } from '../parts/vault-notice.tsx';
import { AddDialog } from './servers/add-dialog.tsx';
import { Welcome } from './servers/welcome.tsx';
import '../styles/servers.css';

/** Servers from which on a search is offered. */
const MANY = 7;

/** All servers, with how it stands with each. */
export function ServersScreen({ adding }: { adding: boolean }) {
  const { snapshot, go } = useSurroundings();
  const { servers: texts } = useTexts();
  const [filter, setFilter] = useState('');
  const { servers } = snapshot;
  if (servers.length === 0) return <Welcome />;
  const found = servers.filter(each => isFound(each, filter));
  const listed = found.filter(each => each.listed);
  const others = found.filter(each => !each.listed);
  return (
    <div className="stack servers">
      <header className="row">
        <h1>{texts.title}</h1>
        <span className="grow" />
        {servers.length >= MANY ? (
          <SearchBox label={texts.search} value={filter} onChange={setFilter} />
        ) : null}
        <Button kind="primary" onPress={() => go({ screen: 'servers', adding: true })}>
          <Plus size={16} aria-hidden />
          {texts.add}
        </Button>
      </header>
      <VaultNotice />
      {found.length === 0 ? <p className="empty soft">{texts.none}</p> : null}
      {listed.length > 0 ? <Rows servers={listed} label={texts.title} /> : null}
      {others.length > 0 ? (
        <section className="stack">
          <h2>{texts.others}</h2>
          <Rows servers={others} label={texts.others} />
        </section>
      ) : null}
      <AddDialog isOpen={adding} onClose={() => go({ screen: 'servers' })} />
    </div>
  );
}

function Rows({ servers, label }: { servers: readonly KnownServer[]; label: string }) {
  return (
    <ul className="panel server-rows" aria-label={label}>
      {servers.map(server => (
        <Row key={`${server.profile} ${server.server}`} server={server} />
      ))}
    </ul>
  );
}

function Row({ server }: { server: KnownServer }) {
  const { servers: texts } = useTexts();
  const { server: url, profile, issuer, hosts } = server;
  const now = useNow();
  const standing = standingOf(server, now);
  const why = whyOf(server, now);
  return (
    <li>
      <a href={toFragment({ screen: 'server', target: { server: url, profile }, tab: 'overview' })}>
        <span className="dot" data-tone={toneOf(standing)} />
        <span className="what">
          <bdi className="name">{server.title}</bdi>
          <span className="url soft">{url}</span>
          {why === undefined ? null : (
            <span className="foreign small why" lang="en" dir="auto">
              {why}
            </span>
          )}
        </span>
        <span className="how">
          <StandingBadge server={server} />
          <span className="soft small">
            {[
              issuer === undefined ? '' : texts.through(hostOf(issuer)),
              hosts.length === 0 ? '' : texts.usedBy(hosts.join(', ')),
            ]
              .filter(each => each !== '')
              .map(each => (
                <bdi key={each}>{each}</bdi>
              ))}
            <bdi>
              <Remaining server={server} />
            </bdi>
          </span>
        </span>
      </a>
    </li>
  );
}
