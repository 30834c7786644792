import { FlaskConical } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { LabEntry, LabServer } from '../../../src/api/window.ts';
import { Fault } from '../../../src/base/fault.ts';
import { filterLab } from '../model/lab.ts';
import { Badge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { FaultBox } from '../parts/fault-box.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { useSurroundings, useTexts } from '../parts/surroundings.tsx';
import '../styles/lab.css';

/** Practice servers: what there is, and what runs. */
export function LabScreen() {
  const { api, snapshot } = useSurroundings();
  const { lab } = useTexts();
  const [entries, setEntries] = useState<readonly LabEntry[]>();
  const [filter, setFilter] = useState('');
  const [trouble, setTrouble] = useState<unknown>();
  const [starting, setStarting] = useState<string>();

  useEffect(() => {
    api.labCatalogue().then(
      found => {
        setEntries(found);
        setTrouble(undefined);
      },
      // Once the connection is back it is asked again; until then the banner says all there is to say.
      error => Fault.of(error).code !== 'broker.lost' && setTrouble(error),
    );
  }, [api]);

  const start = async (name: string) => {
    setStarting(name);
    setTrouble(undefined);
    try {
      await api.startLab(name);
    } catch (error) {
      setTrouble(error);
    } finally {
      setStarting(undefined);
    }
  };
  const shown = filterLab(entries ?? [], filter);

  return (
    <div className="stack lab">
      <header className="stack">
        <h1>{lab.title}</h1>
        <p className="soft">{lab.intro}</p>
      </header>
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
      <section className="panel" aria-labelledby="lab-running">
        <header>
          <FlaskConical size={16} aria-hidden />
          <h2 id="lab-running">{lab.running}</h2>
        </header>
        {snapshot.lab.length === 0 ? (
          <p className="content soft">{lab.noneRunning}</p>
        ) : (
          <ul className="lab-running">
            {snapshot.lab.map(server => (
              <RunningServer key={server.id} server={server} />
            ))}
          </ul>
        )}
      </section>
      {entries === undefined ? null : (
        <section className="stack" aria-label={lab.title}>
          <div className="row">
            <SearchBox label={lab.search} value={filter} onChange={setFilter} />
            <span className="soft small" role="status">
              {lab.count(shown.length, entries.length)}
            </span>
          </div>
          {shown.length === 0 ? <p className="empty soft">{lab.none}</p> : null}
          <ul className="panel lab-entries" lang="en">
            {shown.map(({ name, title, codes }) => (
              <li key={name}>
                <div>
                  <code dir="ltr">{name}</code>
                  <p className="soft" dir="auto">
                    {title}
                  </p>
                </div>
                <div className="row codes" dir="ltr">
                  {codes.map(code => (
                    <Badge key={code}>{code}</Badge>
                  ))}
                </div>
                <Button
                  onPress={() => void start(name)}
                  isDisabled={starting !== undefined}
                  aria-label={`${lab.start} ${name}`}
                >
                  {starting === name ? lab.starting : lab.start}
                </Button>
              </li>
            ))}
          </ul>
          <p className="soft small">{lab.account}</p>
        </section>
      )}
    </div>
  );
}

function RunningServer({ server }: { server: LabServer }) {
  const { api, snapshot, go } = useSurroundings();
  const { lab } = useTexts();
  const [trouble, setTrouble] = useState<unknown>();
  const listed = snapshot.servers.some(each => each.listed && each.server === server.url);
  const add = async () => {
    setTrouble(undefined);
    try {
      const [target] = await api.addServers(server.url);
      if (!target) return;
      await api.changeServer(target, { name: server.name });
      go({ screen: 'server', target, tab: 'overview' });
    } catch (error) {
      setTrouble(error);
    }
  };
  return (
    <li>
      <div>
        <code dir="ltr">{server.name}</code>
        <p className="url">{server.url}</p>
        {trouble === undefined ? null : <FaultBox thrown={trouble} />}
      </div>
      <div className="row">
        <CopyButton text={server.url} />
        <Button kind="quiet" onPress={() => go({ screen: 'doctor', url: server.url })}>
          {lab.examine}
        </Button>
        <Button kind="primary" onPress={() => void add()} isDisabled={listed}>
          {listed ? lab.added : lab.add}
        </Button>
        <Button
          onPress={() => void api.stopLab(server.id).catch(setTrouble)}
          aria-label={`${lab.stop} ${server.name}`}
        >
          {lab.stop}
        </Button>
      </div>
    </li>
  );
}
