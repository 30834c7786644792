import { ArrowRight, Check, ChevronDown, CircleX, Minus, StepForward } from 'lucide-react';
import { type CSSProperties, useState } from 'react';
import { Disclosure, DisclosurePanel, Heading, Button as Press } from 'react-aria-components';
import type { FlowArrow, Party } from '../../../../src/api/window.ts';
import type { Target } from '../../../../src/broker/settings.ts';
import { baseOf, type Flow, PARTIES, placeOf } from '../../model/flow.ts';
import { isSame } from '../../model/place.ts';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { ArrowDetails } from './arrow-details.tsx';

const ICONS = {
  next: StepForward,
  running: ArrowRight,
  done: Check,
  failed: CircleX,
  skipped: Minus,
} as const;

/** The sequence diagram: an ordered list of messages, each drawn between two lifelines, each opening its details. */
export function Sequence({ flow, target }: { flow: Flow; target: Target }) {
  const { signIn: texts } = useTexts();
  const [chosen, setChosen] = useState<Readonly<Record<string, boolean>>>({});
  const { snapshot } = useSurroundings();
  const connected = snapshot.servers.find(each => isSame(each, target))?.hosts ?? [];
  const hosts = { ...hostsOf(flow, target), host: connected.join(', ') || texts.thisWindow };
  return (
    <div className="sequence">
      <div className="parties" aria-hidden>
        <span />
        <div className="lanes">
          {PARTIES.map((party, index) => (
            <div key={party} className="party" style={{ gridColumn: `${2 * index + 1} / span 2` }}>
              <strong>{texts.parties[party]}</strong>
              <bdi className="place">{hosts[party]}</bdi>
            </div>
          ))}
        </div>
      </div>
      <ol aria-label={texts.sequence}>
        {flow.arrows.map((arrow, index) => {
          // What failed is open by itself.
          const isOpen = chosen[arrow.id] ?? arrow.state === 'failed';
          return (
            <li key={arrow.id}>
              <Row
                arrow={arrow}
                number={index + 1}
                isOpen={isOpen}
                toggle={open => setChosen(before => ({ ...before, [arrow.id]: open }))}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

interface RowProps {
  arrow: FlowArrow;
  number: number;
  isOpen: boolean;
  toggle: (open: boolean) => void;
}

function Row({ arrow, number, isOpen, toggle }: RowProps) {
  const { signIn: texts } = useTexts();
  const { state, title } = arrow;
  const Icon = ICONS[state];
  const { start, end, forward } = placeOf(arrow);
  const place: CSSProperties = { gridColumn: `${start} / ${end}` };
  return (
    <Disclosure className="message" data-state={state} isExpanded={isOpen} onExpandedChange={toggle}>
      <Heading level={2}>
        <Press slot="trigger" className="line">
          <span className="caption">
            <span className="number" aria-hidden>
              {number}
            </span>
            <span className="words">
              <span>{texts.arrows[baseOf(arrow.id)] ?? title}</span>
              <span className="visually-hidden">
                {`, ${texts.between(texts.parties[arrow.from], texts.parties[arrow.to])}, ${title}`}
              </span>
              <span className="state">
                <span className="visually-hidden">, </span>
                {texts.states[state]}
              </span>
            </span>
            <ChevronDown className="chevron" size={14} aria-hidden />
          </span>
          <span className="lanes" aria-hidden>
            <span className="arrow" data-forward={forward} style={place}>
              <span className="title">{title}</span>
              <span className="shaft">
                <Icon size={13} />
              </span>
            </span>
          </span>
        </Press>
      </Heading>
      <DisclosurePanel className="details">{isOpen ? <ArrowDetails arrow={arrow} /> : null}</DisclosurePanel>
    </Disclosure>
  );
}

/** Whose machines the parties are, as far as that is known. */
function hostsOf({ arrows, waiting }: Flow, { server }: Target): Partial<Record<Party, string>> {
  const metadata = arrows.find(({ kind }) => kind === 'server-metadata');
  const issuer = metadata?.fields.find(({ name }) => name === 'issuer')?.value;
  const host = waiting?.hosts?.issuer ?? (issuer && URL.parse(issuer)?.host) ?? '';
  return { 'mcp-server': URL.parse(server)?.host ?? server, 'authorization-server': host };
}
