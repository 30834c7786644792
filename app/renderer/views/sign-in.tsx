import { Footprints, LogIn, X } from 'lucide-react';
import type { KnownServer } from '../../../src/api/window.ts';
import type { Target } from '../../../src/broker/settings.ts';
import { type Flow, type How, walkOf } from '../model/flow.ts';
import { isSame } from '../model/place.ts';
import { Button } from '../parts/button.tsx';
import { FaultBox } from '../parts/fault-box.tsx';
import { useStore, useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { Claims } from './sign-in/claims.tsx';
import { LinkPanel } from './sign-in/link-panel.tsx';
import { Sequence } from './sign-in/sequence.tsx';
import { Waiting } from './sign-in/waiting.tsx';
import '../styles/sign-in.css';

/** One server's sign-in: begun at once or walked, and drawn as it happens. */
export function SignIn({ target }: { target: Target }) {
  const { api, snapshot } = useSurroundings();
  const { signIn: texts } = useTexts();
  const walk = walkOf(target);
  const flow = useStore(walk.now);
  const server = snapshot.servers.find(each => isSame(each, target));
  const start = (how: How) => walk.start(api, how);
  return (
    <section className="sign-in stack" aria-label={texts.title}>
      <Head flow={flow} server={server} start={start} cancel={walk.cancel} />
      <Outcome flow={flow} target={target} />
      {flow.waiting ? <Waiting flow={flow} goOn={() => walk.goOn(api)} /> : null}
      {flow.link ? <LinkPanel link={flow.link} /> : <PendingLink flow={flow} server={server} />}
      {flow.notes.map((note, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: notes only ever come behind the others
        <p key={index} className="soft foreign" lang="en" dir="auto">
          {note}
        </p>
      ))}
      {flow.arrows.length > 0 ? <Sequence flow={flow} target={target} /> : null}
      {flow.claims ? <Claims {...flow.claims} /> : null}
    </section>
  );
}

/** The link of a sign-in that an app waits for and nobody looks at here. */
function PendingLink({ flow, server }: { flow: Flow; server: KnownServer | undefined }) {
  const { signIn: texts } = useTexts();
  const { signInUrl: url, userCode, stepUp } = server ?? {};
  if (flow.stage === 'running' || url === undefined) return null;
  const code = userCode === undefined ? {} : { userCode };
  return (
    <div className="stack close">
      <p>{stepUp === undefined ? texts.appWaits : texts.appWantsMore(stepUp.join(' '))}</p>
      <LinkPanel link={{ kind: 'link', url, opened: false, ...code }} />
    </div>
  );
}

interface HeadProps {
  flow: Flow;
  server: KnownServer | undefined;
  start: (how: How) => void;
  cancel: () => void;
}

function Head({ flow, server, start, cancel }: HeadProps) {
  const { api, tell } = useSurroundings();
  const { signIn: texts, shell } = useTexts();
  const isRunning = flow.stage === 'running';
  const isSignedIn = server?.state === 'signed-in' && !isRunning;
  const isOver = flow.stage === 'failed' || flow.stage === 'cancelled';
  const isMore = server?.stepUp !== undefined && !isRunning;
  const again = isMore
    ? texts.signInMore
    : isOver
      ? shell.tryAgain
      : isSignedIn
        ? texts.signInAgain
        : texts.signIn;
  return (
    <header className="stack">
      <p className="soft">{texts.intro}</p>
      <div className="row">
        {isRunning ? (
          <>
            <Button onPress={cancel}>
              <X size={15} aria-hidden />
              {texts.cancel}
            </Button>
            <span className="soft" role="status">
              {flow.waiting ? '' : texts.running}
            </span>
          </>
        ) : (
          <>
            <Button kind={isSignedIn ? 'plain' : 'primary'} onPress={() => start('at-once')}>
              <LogIn size={15} aria-hidden />
              {again}
            </Button>
            <Button onPress={() => start('step-by-step')}>
              <Footprints size={15} aria-hidden />
              {texts.walk}
            </Button>
            {isSignedIn ? (
              <Button kind="quiet" onPress={() => void api.signOut(server).catch(tell)}>
                {texts.signOutFirst}
              </Button>
            ) : null}
          </>
        )}
      </div>
      {isSignedIn ? <p className="soft small">{texts.alreadySignedIn}</p> : null}
    </header>
  );
}

/** How it ended, and what comes next. */
function Outcome({ flow, target }: { flow: Flow; target: Target }) {
  const { go } = useSurroundings();
  const { signIn: texts } = useTexts();
  if (flow.stage === 'failed') {
    return (
      <div className="stack close">
        <h2>{texts.failed}</h2>
        <FaultBox thrown={flow.thrown} />
      </div>
    );
  }
  if (flow.stage === 'cancelled') return <p role="status">{texts.cancelled}</p>;
  if (flow.stage !== 'signed-in') return null;
  return (
    <div className="row">
      <p className="signed-in" role="status">
        {flow.signedIn?.tokenNeeded === false ? texts.signedInOpen : texts.signedIn}
      </p>
      <Button kind="primary" onPress={() => go({ screen: 'server', target, tab: 'overview' })}>
        {texts.toHost}
      </Button>
    </div>
  );
}
