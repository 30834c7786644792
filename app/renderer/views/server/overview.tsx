import { useState } from 'react';
import type { KnownServer } from '../../../../src/api/window.ts';
import type { Target } from '../../../../src/broker/settings.ts';
import { relative, type Standing, standingOf, toneOf, whyOf } from '../../model/standing.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { SignInButton } from '../../parts/sign-in-button.tsx';
import { Remaining, useNow } from '../../parts/standing.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { DiscoverySummary } from '../discovery-summary.tsx';
import { Confirm } from './confirm.tsx';

/** Where a sign-in is what to do once more. */
const AGAIN: ReadonlySet<Standing> = new Set(['failing', 'unusable', 'sign-in-needed', 'renewing']);

/** How it stands with a server, and what to do next. */
export function Overview({ server, target }: { server: KnownServer; target: Target }) {
  const { servers: texts } = useTexts();
  return (
    <div className="overview">
      <Next server={server} target={target} />
      <section className="panel" aria-labelledby="overview-health">
        <header>
          <h2 id="overview-health">{texts.health}</h2>
        </header>
        <div className="content">
          <DiscoverySummary target={target} isInTrouble={server.unusable !== undefined} />
        </div>
      </section>
      <section className="panel" aria-labelledby="overview-state">
        <header>
          <h2 id="overview-state">{texts.state}</h2>
        </header>
        <div className="content">
          <Facts server={server} />
        </div>
      </section>
    </div>
  );
}

/** What to do now, and what else can be done. */
function Next({ server, target }: { server: KnownServer; target: Target }) {
  const { api, go } = useSurroundings();
  const { servers: texts } = useTexts();
  const [trouble, setTrouble] = useState<unknown>();
  const now = useNow();
  const standing = standingOf(server, now);
  const { state, listed, signInUrl, stepUp } = server;
  const why = whyOf(server, now);
  const attempt = async (work: () => Promise<unknown>) => {
    setTrouble(undefined);
    await work().catch(setTrouble);
  };
  const forget = async () => {
    await api.forgetServer(target);
    if (listed) await api.removeServer(target);
    go({ screen: 'servers' });
  };
  const isReady = standing === 'signed-in' || standing === 'connected';
  return (
    <section className="next" data-tone={toneOf(standing)}>
      <p className="what-next">{texts.next[standing]}</p>
      {why === undefined ? null : (
        <p className="foreign" lang="en" dir="auto">
          {why}
        </p>
      )}
      {stepUp === undefined || stepUp.length === 0 ? null : <p className="url soft">{stepUp.join(' ')}</p>}
      {isReady ? <p className="soft small">{texts.whereEntry}</p> : null}
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
      <div className="row">
        {standing === 'waiting' ? <SignInButton target={target} label={texts.watchSignIn} /> : null}
        {standing === 'more-scopes' ? <SignInButton target={target} label={texts.signInMore} /> : null}
        {state === 'sign-in-pending' && signInUrl !== undefined ? (
          <CopyButton kind="quiet" text={signInUrl} label={texts.copyLink} />
        ) : null}
        {standing === 'not-signed-in' || standing === 'connected' ? (
          <SignInButton
            target={target}
            label={texts.signIn}
            kind={standing === 'connected' ? 'plain' : 'primary'}
          />
        ) : null}
        {AGAIN.has(standing) ? <SignInButton target={target} label={texts.signInAgain} /> : null}
        {standing === 'secrets-missing' ? (
          <Button kind="primary" onPress={() => go({ screen: 'server', target, tab: 'settings' })}>
            {texts.toSettings}
          </Button>
        ) : null}
        {standing === 'unknown' ? (
          <Button kind="primary" onPress={() => void attempt(() => api.unlockVault())}>
            {texts.unlock}
          </Button>
        ) : null}
        <CopyButton
          kind={isReady ? 'primary' : 'quiet'}
          text={() => api.hostEntry(target)}
          label={texts.copyEntry}
          onTrouble={setTrouble}
        />
        <span className="grow" />
        {state === 'signed-in' ? (
          <Confirm
            label={texts.signOut}
            title={texts.signOutTitle}
            text={texts.signOutText}
            yes={texts.signOut}
            act={() => api.signOut(target)}
          />
        ) : null}
        <Confirm
          label={texts.forget}
          title={texts.forgetTitle}
          text={texts.forgetText}
          yes={texts.forgetYes}
          act={forget}
        />
      </div>
    </section>
  );
}

function Facts({ server }: { server: KnownServer }) {
  const { servers: texts } = useTexts();
  const { server: url, profile, issuer, scope, hosts, expiresAt, renewable, renewal } = server;
  const now = useNow();
  return (
    <dl className="facts">
      <dt>{texts.address}</dt>
      <dd className="url">{url}</dd>
      <dt>{texts.account}</dt>
      <dd>
        <bdi>{profile}</bdi>
      </dd>
      <dt>{texts.hosts}</dt>
      <dd>{hosts.length === 0 ? texts.noHosts : <bdi>{hosts.join(', ')}</bdi>}</dd>
      {issuer === undefined ? null : (
        <>
          <dt>{texts.issuer}</dt>
          <dd className="url">{issuer}</dd>
        </>
      )}
      {scope === undefined || scope.length === 0 ? null : (
        <>
          <dt>{texts.scopes}</dt>
          <dd className="url">{scope.join(' ')}</dd>
        </>
      )}
      {expiresAt === undefined ? null : (
        <>
          <dt>{texts.expires}</dt>
          <dd>
            <Remaining server={server} />
            {renewable ? null : ` · ${texts.notRenewable}`}
            {renewal?.nextAt === undefined
              ? null
              : ` · ${texts.nextTry(relative(renewal.nextAt, now, document.documentElement.lang))}`}
          </dd>
        </>
      )}
    </dl>
  );
}
