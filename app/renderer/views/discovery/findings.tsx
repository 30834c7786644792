import { Button, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { ProbeRow, ProxyMending } from '../../../../src/api/window.ts';
import type { Finding } from '../../../../src/checks/check.ts';
import { flat, probesOf } from '../../model/discovery.ts';
import { Backticks } from '../../parts/backticks.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import { Comparison } from './comparison.tsx';
import { Mendings } from './mendings.tsx';

interface Props {
  findings: readonly Finding[];
  probes: readonly ProbeRow[];
  mendings: readonly ProxyMending[];
  /** Names the examination they belong to. */
  examination: string;
  /** Shows a question. */
  onProbe: (id: string) => void;
}

/** What is wrong, root causes first, what follows from each folded under it. */
export function Findings({ findings, probes, mendings, examination, onProbe }: Props) {
  // One configuration mends whatever comes of the same lost path.
  const mended = findings.find(each => flat([each]).some(({ fixable }) => fixable));
  return (
    <ol className="findings">
      {findings.map(finding => (
        <li key={`${finding.code} ${finding.title}`}>
          <FindingCard
            finding={finding}
            probes={probes}
            mendings={finding === mended ? mendings : []}
            examination={examination}
            onProbe={onProbe}
          />
        </li>
      ))}
    </ol>
  );
}

/** One finding: what, why, and how it is mended. */
function FindingCard({
  finding,
  probes,
  mendings,
  examination,
  onProbe,
}: Omit<Props, 'findings'> & { finding: Finding }) {
  const { discovery } = useTexts();
  const { code, severity, title, detail, comparison, remedy, references, consequences } = finding;
  return (
    <article className="finding panel" data-severity={severity} id={`finding-${code}`}>
      <h3 className="row">
        <Badge tone={severity}>{discovery.severities[severity]}</Badge>
        <span className="code">{code}</span>
        <span className="foreign title" lang="en" dir="auto">
          {title}
        </span>
      </h3>
      <p className="foreign" lang="en" dir="auto">
        <Backticks text={detail} />
      </p>
      {comparison ? <Comparison compared={comparison} /> : null}
      {remedy === undefined ? null : <Remedy text={remedy} />}
      <Mendings mendings={mendings} examination={examination} />
      <SeenAt finding={finding} probes={probes} onProbe={onProbe} />
      {references.length > 0 ? (
        <p className="row small references">
          <span className="soft">{discovery.reference}</span>
          {references.map(each => (
            <a key={each.url} href={each.url} target="_blank" rel="noreferrer" lang="en" dir="ltr">
              {each.title}
            </a>
          ))}
        </p>
      ) : null}
      {consequences.length > 0 ? (
        <Disclosure className="unfold">
          <Button slot="trigger" className="unfold-button">
            {discovery.follows(flat(consequences).length)}
          </Button>
          <DisclosurePanel>
            <Findings
              findings={consequences}
              probes={probes}
              mendings={[]}
              examination={examination}
              onProbe={onProbe}
            />
          </DisclosurePanel>
        </Disclosure>
      ) : null}
    </article>
  );
}

/** What the operator does. */
export function Remedy({ text }: { text: string }) {
  const { shell, discovery } = useTexts();
  return (
    <div className="remedy">
      <div className="row">
        <strong className="grow">{shell.remedy}</strong>
        <CopyButton text={text} label={discovery.copyRemedy} />
      </div>
      <p className="foreign" lang="en" dir="auto">
        <Backticks text={text} />
      </p>
    </div>
  );
}

function SeenAt({ finding, probes, onProbe }: Pick<Props, 'probes' | 'onProbe'> & { finding: Finding }) {
  const { discovery } = useTexts();
  const seen = probesOf(finding, probes);
  if (seen.length === 0) return null;
  return (
    <p className="row small">
      <span className="soft">{discovery.seenAt}</span>
      {seen.slice(0, 8).map(({ id, title, status }) => (
        <Button key={id} className="chip" onPress={() => onProbe(id)}>
          <bdi lang="en">{title}</bdi>
          <span className="soft" dir="ltr">
            {status}
          </span>
        </Button>
      ))}
      {seen.length > 8 ? <span className="soft">{discovery.more(seen.length - 8)}</span> : null}
    </p>
  );
}
