import { ChevronDown, ChevronRight } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { ClientWalk } from '../../../../src/doctor/walk.ts';
import { type Outcome, STAGES, wayOf } from '../../model/discovery.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Scrolls } from '../../parts/scrolls.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

const TONES: Record<ClientWalk['result'], Tone> = {
  through: 'good',
  guesses: 'fragile',
  stops: 'broken',
  unknown: 'note',
};
const SIGNS: Record<Outcome, string> = {
  passed: '✓',
  missed: '○',
  stops: '✕',
  guesses: '?',
  unknown: '?',
  'not-reached': '·',
};

/** Who will notice: for each known client how far it comes, and where it stops. */
export function Clients({ walks }: { walks: readonly ClientWalk[] }) {
  const { discovery } = useTexts();
  return (
    <Scrolls label={discovery.clients}>
      <table className="grid clients">
        <thead>
          <tr>
            <th scope="col">{discovery.client}</th>
            <th scope="col">{discovery.outcome}</th>
            {STAGES.map(stage => (
              <th key={stage} scope="col" className="stage">
                {discovery.stages[stage]}
              </th>
            ))}
            <th scope="col">{discovery.where}</th>
          </tr>
        </thead>
        <tbody>
          {walks.map(walk => (
            <Client key={walk.client} walk={walk} />
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

function Client({ walk }: { walk: ClientWalk }) {
  const { discovery } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const { title, version, result, reason, code, steps, sources } = walk;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <Fragment>
      <tr>
        <th scope="row">
          <Button
            kind="quiet"
            aria-expanded={isOpen}
            aria-label={discovery.wayOf(title)}
            onPress={() => setOpen(!isOpen)}
          >
            <Chevron size={14} aria-hidden className="flips" />
            <bdi>{title}</bdi>
          </Button>
        </th>
        <td>
          <Badge tone={TONES[result]}>{discovery.results[result]}</Badge>
        </td>
        {wayOf(walk).map((outcome, index) => (
          <td key={STAGES[index]} className="stage" data-outcome={outcome}>
            <span aria-hidden>{SIGNS[outcome]}</span>
            <span className="visually-hidden">{discovery.outcomes[outcome]}</span>
          </td>
        ))}
        <td className="small foreign" lang="en" dir="auto">
          {result === 'through' ? '' : reason}{' '}
          {code === undefined ? null : <Badge tone="plain">{code}</Badge>}
        </td>
      </tr>
      {isOpen ? (
        <tr className="way">
          <td colSpan={STAGES.length + 3}>
            <p className="small soft" lang="en" dir="auto">
              {version}
            </p>
            <ol className="steps small">
              {steps.map(({ url, because, verdict }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a way is never reordered
                <li key={index}>
                  <span className="url">{url}</span>
                  <span className="soft foreign" lang="en" dir="auto">
                    {because} → {verdict}
                  </span>
                </li>
              ))}
            </ol>
            <p className="small foreign" lang="en" dir="auto">
              {reason}
            </p>
            <p className="row small references">
              {sources.map(each => (
                <a key={each.url} href={each.url} target="_blank" rel="noreferrer" lang="en" dir="ltr">
                  {each.title}
                </a>
              ))}
            </p>
          </td>
        </tr>
      ) : null}
    </Fragment>
  );
}
