import { ChevronRight, RotateCw, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button as Primitive, Tree, TreeItem, TreeItemContent } from 'react-aria-components';
import type { ProbeRow } from '../../../../src/api/window.ts';
import type { Step } from '../../../../src/doctor/steps.ts';
import { groupsOf, isOver, type ProbeGroup, type Run, shortAddress } from '../../model/discovery.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { ExchangeView } from '../../parts/exchange-view.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

interface Props {
  run: Run;
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
  /** Asks one part again; absent while something is asked. */
  onStep?: ((step: Step) => void) | undefined;
}

/** Everything that was asked, as a tree in the specification's order, and beside it the exchange of one question. */
export function Probes({ run, selected, onSelect, onStep }: Props) {
  const { discovery } = useTexts();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const groups = groupsOf(run.probes);
  const row = run.probes.find(({ id }) => id === selected);
  const unfolded = groups.map(({ id }) => id).filter(id => !folded.has(id));
  return (
    <div className="probes" data-open={row !== undefined}>
      <Tree
        aria-label={discovery.questions}
        className="probe-tree"
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={selected === undefined ? [] : [selected]}
        onSelectionChange={keys => {
          const [key] = keys === 'all' ? [] : keys;
          if (run.probes.some(({ id }) => id === key)) onSelect(String(key));
        }}
        expandedKeys={unfolded}
        onExpandedChange={keys => setFolded(new Set(groups.map(({ id }) => id).filter(id => !keys.has(id))))}
      >
        {groups.map(group => (
          <Group key={group.id} group={group} run={run} onStep={onStep} />
        ))}
      </Tree>
      {row ? <Detail row={row} run={run} onClose={() => onSelect(undefined)} /> : null}
    </div>
  );
}

interface GroupProps extends Pick<Props, 'onStep'> {
  group: ProbeGroup;
  run: Run;
}

function Group({ group, run, onStep }: GroupProps) {
  const { discovery } = useTexts();
  const { id, issuer, rows, step } = group;
  // The same challenge to every question is worth showing once.
  const shown = new Set<string>();
  const isNew = (field: string) => !shown.has(field) && shown.add(field) !== undefined;
  const title = discovery.groups[group.group];
  return (
    <TreeItem id={id} textValue={`${title} ${issuer ?? ''}`} className="probe-group">
      <TreeItemContent>
        <div className="row">
          <Primitive slot="chevron" className="chevron">
            <ChevronRight size={14} aria-hidden />
          </Primitive>
          <strong>{title}</strong>
          {issuer === undefined ? null : <span className="url soft">{issuer}</span>}
          <span className="grow" />
          {step && onStep ? (
            <Button kind="quiet" icon aria-label={discovery.askAgain(title)} onPress={() => onStep(step)}>
              <RotateCw size={14} aria-hidden />
            </Button>
          ) : null}
        </div>
      </TreeItemContent>
      {rows.map(row => (
        <TreeItem key={row.id} id={row.id} textValue={`${row.title} ${row.status}`} className="probe">
          <TreeItemContent>
            <ProbeLine row={{ ...row, fields: row.fields.filter(isNew) }} run={run} />
          </TreeItemContent>
        </TreeItem>
      ))}
    </TreeItem>
  );
}

function ProbeLine({ row, run }: { row: ProbeRow; run: Run }) {
  const { discovery, exchange } = useTexts();
  const { title, url, because, status, isGood, milliseconds, size, fields, findings } = row;
  return (
    <div className="probe-line">
      <span className="status" data-good={isGood} dir="ltr">
        {status === '' ? (
          <span className="soft">{isOver(run) ? discovery.notSent : discovery.asking}</span>
        ) : (
          status
        )}
      </span>
      <div className="what">
        <div className="row">
          <bdi lang="en">{title}</bdi>
          {findings.map(code => (
            <Badge key={code} tone="plain">
              {code}
            </Badge>
          ))}
        </div>
        <div className="url small soft" title={url}>
          {shortAddress(url, run.request.url)}
        </div>
        <div className="small soft foreign" lang="en" dir="auto">
          {because}
        </div>
        {fields.map(field => (
          <div key={field} className="url small field-line">
            {field}
          </div>
        ))}
      </div>
      <span className="number small soft">
        {milliseconds === undefined ? '' : exchange.milliseconds(milliseconds)}
      </span>
      <span className="number small soft">{size === undefined ? '' : exchange.bytes(size)}</span>
    </div>
  );
}

function Detail({ row, run, onClose }: { row: ProbeRow; run: Run; onClose: () => void }) {
  const { shell, discovery } = useTexts();
  const panel = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question is brought into view too
  useEffect(() => {
    void panel.current?.scrollIntoView({ block: 'nearest' });
  }, [row.id]);
  const exchanges = row.exchanges.flatMap(id => run.exchanges.get(id) ?? []);
  return (
    <section className="probe-detail panel" ref={panel} aria-label={discovery.exchange}>
      <header>
        <h3 className="grow">
          <bdi lang="en">{row.title}</bdi>
        </h3>
        <Button kind="quiet" icon aria-label={shell.close} onPress={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      <div className="content stack">
        {exchanges.length === 0 ? <p className="soft">{discovery.notAsked}</p> : null}
        {exchanges.map(each => (
          <ExchangeView key={each.id} exchange={each} />
        ))}
      </div>
    </section>
  );
}
