import { useEffect, useState } from 'react';
import type { ExamineRequest } from '../../../src/api/window.ts';
import type { Target } from '../../../src/broker/settings.ts';
import { askedOf, countsOf, type DiscoveryState, discoveryOf, type Run } from '../model/discovery.ts';
import { type Instead, insteadFor } from '../model/instead.ts';
import { Badge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { FaultBox } from '../parts/fault-box.tsx';
import { useStore, useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { Clients } from './discovery/clients.tsx';
import { Findings } from './discovery/findings.tsx';
import { Probes } from './discovery/probes.tsx';
import { Sides } from './discovery/sides.tsx';
import { Since } from './discovery/since.tsx';
import { Toolbar } from './discovery/toolbar.tsx';
import '../styles/discovery.css';

/** What the doctor sees of a server, or of an issuer. */
export function Discovery({ url, target }: { url: string; target?: Target }) {
  const { api } = useSurroundings();
  const { discovery: texts } = useTexts();
  const discovery = discoveryOf(url, target);
  const state = useStore(discovery.store);
  const [instead, setInstead] = useState<Instead>({});
  const [selected, setSelected] = useState<string>();
  const { current, last } = state;
  const isBusy = current !== undefined && current.thrown === undefined;
  const run = (more: Pick<ExamineRequest, 'only' | 'active'>, place = instead) =>
    discovery.run(api, {
      url,
      ...(target ? { target } : {}),
      ...insteadFor(place, more.active === true),
      ...more,
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins by itself once, when nothing is known yet
  useEffect(() => {
    if (!last && !current) run({});
  }, [url]);
  const shown = isBusy && (current.probes.length > 0 || !last) ? current : (last ?? current);
  const result = last?.result;
  const only = last?.request.only;
  return (
    <div className="discovery stack" aria-busy={isBusy}>
      <Toolbar
        state={state}
        instead={instead}
        onInstead={next => {
          setInstead(next);
          run({}, next);
        }}
        onRun={run}
        onStop={discovery.stop}
        onGone={discovery.lose}
      />
      <Verdict state={state} />
      {current?.thrown === undefined ? null : <FaultBox thrown={current.thrown} />}
      {only === undefined || isBusy ? null : (
        <p className="row notice" role="status">
          <span className="grow">{texts.onlyPart(texts.parts[only])}</span>
          {state.whole ? <Button onPress={discovery.showWhole}>{texts.showWhole}</Button> : null}
        </p>
      )}
      <Overridden run={last} />
      {result?.diagnosis.since ? <Since since={result.diagnosis.since} /> : null}
      {result && result.diagnosis.findings.length > 0 ? (
        <section className="stack">
          <h2>{texts.findings}</h2>
          <Findings
            findings={result.diagnosis.findings}
            probes={last.probes}
            mendings={result.mendings}
            examination={result.examination}
            onProbe={setSelected}
          />
        </section>
      ) : null}
      {shown && shown.probes.length > 0 ? (
        <section className="stack">
          <h2>{texts.questions}</h2>
          <Probes
            run={shown}
            selected={selected}
            onSelect={setSelected}
            onStep={isBusy ? undefined : step => run({ only: step })}
          />
        </section>
      ) : null}
      {result && result.sides.length > 0 ? (
        <section className="stack">
          <h2>{texts.sides}</h2>
          <p className="soft">{texts.sidesText}</p>
          <Sides sides={result.sides} />
        </section>
      ) : null}
      {result && result.diagnosis.clients.length > 0 && !result.diagnosis.unreachable ? (
        <section className="stack">
          <h2>{texts.clients}</h2>
          <p className="soft">{texts.clientsText}</p>
          <Clients walks={result.diagnosis.clients} />
        </section>
      ) : null}
    </div>
  );
}

/** How it stands, in one line that keeps its place while something is asked. */
function Verdict({ state }: { state: DiscoveryState }) {
  const { discovery } = useTexts();
  const { current, last } = state;
  const isBusy = current !== undefined && current.thrown === undefined;
  if (isBusy)
    return (
      <div className="row verdict" role="status">
        <span className="spinner" aria-hidden />
        <strong>{discovery.examining}</strong>
        <span className="soft foreign" lang="en" dir="auto">
          {current.progress}
        </span>
      </div>
    );
  const result = last?.result;
  if (!result) return null;
  const { examination, findings, unreachable } = result.diagnosis;
  const counts = countsOf(findings);
  const seconds = (examination.finishedAt - examination.startedAt) / 1000;
  return (
    <div className="row verdict" role="status">
      {unreachable ? <Badge tone="broken">{discovery.unreachable}</Badge> : null}
      {counts.length === 0 && !unreachable ? <Badge tone="good">{discovery.nothingFound}</Badge> : null}
      {counts.map(([severity, count]) => (
        <Badge key={severity} tone={severity}>
          {discovery.counted[severity](count)}
        </Badge>
      ))}
      <span className="soft">{discovery.asked(askedOf(last.probes), seconds.toFixed(1))}</span>
      {examination.kind === 'issuer' ? <span className="soft">{discovery.isIssuer}</span> : null}
    </div>
  );
}

/** What was put in the place of what the servers say: no report leaves it out. */
function Overridden({ run }: { run: Run | undefined }) {
  const { discovery } = useTexts();
  const overridden = run?.result?.diagnosis.examination.overridden ?? [];
  if (overridden.length === 0) return null;
  return (
    <p className="row notice">
      <span>{discovery.overridden}</span>
      {overridden.map(({ what, value }) => (
        <span key={`${what} ${value}`} className="url">
          {what} {value}
        </span>
      ))}
    </p>
  );
}
