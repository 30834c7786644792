import { CircleCheck, CircleHelp } from 'lucide-react';
import { useEffect } from 'react';
import type { Target } from '../../../src/broker/settings.ts';
import { askedOf, countsOf, discoveryOf, rootOf } from '../model/discovery.ts';
import { toFragment } from '../model/place.ts';
import { Backticks } from '../parts/backticks.tsx';
import { Badge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { FaultBox } from '../parts/fault-box.tsx';
import { useStore, useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { Comparison } from './discovery/comparison.tsx';
import { Remedy } from './discovery/findings.tsx';
import { Mendings } from './discovery/mendings.tsx';
import '../styles/discovery.css';

/** What is wrong with a server and what mends it, in short; looked into by itself where nothing is known yet. */
export function DiscoverySummary({ target, isInTrouble }: { target: Target; isInTrouble: boolean }) {
  const { api } = useSurroundings();
  const { discovery: texts } = useTexts();
  const discovery = discoveryOf(target.server, target);
  const { current, last, whole } = useStore(discovery.store);
  const run = () => discovery.run(api, { url: target.server, target });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins by itself once, when nothing is known yet
  useEffect(() => {
    if (!last && !current) run();
  }, [target.server, target.profile]);
  const isBusy = current !== undefined && current.thrown === undefined;
  const result = (whole ?? last)?.result;
  const asked = askedOf((whole ?? last)?.probes ?? []);
  const root = result && rootOf(result);
  const counts = result ? countsOf(result.diagnosis.findings) : [];
  return (
    <div className="summary stack" aria-busy={isBusy}>
      {isBusy && !result ? (
        <p className="row" role="status">
          <span className="spinner" aria-hidden />
          {texts.examining}{' '}
          <span className="soft foreign" lang="en" dir="auto">
            {current.progress}
          </span>
        </p>
      ) : null}
      {current?.thrown === undefined ? null : <FaultBox thrown={current.thrown} />}
      {result?.diagnosis.unreachable ? (
        <p className="row">
          <Badge tone="broken">{texts.unreachable}</Badge>
        </p>
      ) : null}
      {result && !root && !result.diagnosis.unreachable ? (
        <p className="row">
          {isInTrouble ? (
            <CircleHelp size={16} aria-hidden />
          ) : (
            <CircleCheck size={16} aria-hidden className="good" />
          )}
          {texts.calm(asked)}
        </p>
      ) : null}
      {root ? (
        <>
          <h3 className="row">
            <Badge tone={root.severity}>{texts.severities[root.severity]}</Badge>
            <span className="code">{root.code}</span>
            <span className="foreign title" lang="en" dir="auto">
              {root.title}
            </span>
          </h3>
          <p className="foreign" lang="en" dir="auto">
            <Backticks text={root.detail} />
          </p>
          {root.comparison ? <Comparison compared={root.comparison} /> : null}
          {root.remedy === undefined ? null : <Remedy text={root.remedy} />}
          <Mendings mendings={result?.mendings ?? []} examination={result?.examination ?? ''} />
        </>
      ) : null}
      <p className="row">
        <a href={toFragment({ screen: 'server', target, tab: 'discovery' })}>{texts.showAll}</a>
        {counts.map(([severity, count]) => (
          <Badge key={severity} tone={severity}>
            {texts.counted[severity](count)}
          </Badge>
        ))}
        <span className="grow" />
        <Button kind="quiet" isDisabled={isBusy} onPress={run}>
          {texts.runAgain}
        </Button>
      </p>
    </div>
  );
}
