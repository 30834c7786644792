import { ExternalLink, StepForward } from 'lucide-react';
import { baseOf, type Flow, nextArrow } from '../../model/flow.ts';
import { Button } from '../../parts/button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import { Fields } from './arrow-details.tsx';

/** What comes next, and the button that lets it come. Before the browser opens: whose hosts are involved. */
export function Waiting({ flow, goOn }: { flow: Flow; goOn: () => void }) {
  const { signIn: texts } = useTexts();
  const { waiting } = flow;
  const next = nextArrow(flow);
  if (!waiting) return null;
  const { hosts } = waiting;
  const caption = (next && texts.arrows[baseOf(next.id)]) ?? next?.title ?? '';
  return (
    <section className="panel waiting" aria-label={hosts ? texts.browserTitle : texts.paused(caption)}>
      <div className="content stack">
        <div className="row">
          <h2 className="grow">{hosts ? texts.browserTitle : texts.paused(caption)}</h2>
          {/* Whoever walks with the keyboard presses the same key again and again. */}
          <Button key={next?.id ?? waiting.before} kind="primary" onPress={goOn} autoFocus>
            {hosts ? <ExternalLink size={15} aria-hidden /> : <StepForward size={15} aria-hidden />}
            {hosts?.token ? texts.belongTogether : hosts ? texts.openBrowser : texts.next}
          </Button>
        </div>
        {hosts ? <Hosts hosts={hosts} /> : <p className="soft">{texts.pausedText}</p>}
        {waiting.before === 'token' && flow.arrows.some(({ kind }) => kind === 'callback') ? (
          <p className="soft">{texts.codeIsShort}</p>
        ) : null}
        {next && (flow.how === 'step-by-step' || !hosts) ? <Fields fields={next.fields} /> : null}
      </div>
    </section>
  );
}

function Hosts({ hosts }: { hosts: NonNullable<NonNullable<Flow['waiting']>['hosts']> }) {
  const { signIn: texts } = useTexts();
  const { server, issuer, authorize, token } = hosts;
  return (
    <>
      <p>{texts.browserText(isolated(server), isolated(authorize))}</p>
      {token === undefined ? null : (
        <p role="alert">
          <strong>{texts.elsewhere(isolated(authorize), isolated(token))}</strong>
        </p>
      )}
      <dl className="facts">
        <dt>{texts.mcpServer}</dt>
        <dd className="url">{server}</dd>
        <dt>{texts.issuer}</dt>
        <dd className="url">{issuer}</dd>
        {authorize === issuer ? null : (
          <>
            <dt>{texts.authorizeHost}</dt>
            <dd className="url">{authorize}</dd>
          </>
        )}
        {token === undefined ? null : (
          <>
            <dt>{texts.tokenHost}</dt>
            <dd className="url">{token}</dd>
          </>
        )}
      </dl>
      {server === issuer && server === authorize ? <p className="soft small">{texts.sameHost}</p> : null}
    </>
  );
}

/** A host's name within a sentence of any direction. */
function isolated(host: string): string {
  return `\u2066${host}\u2069`;
}
