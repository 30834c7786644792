import { comes, echo, hasEnded, PATIENCE, type Stage, soon } from './stage.ts';

/** One fault of mcp-remote 0.15.1. `run` answers what went wrong, in a sentence, or nothing. */
export interface IncumbentFault {
  number: number;
  title: string;
  run(stage: Stage): Promise<string | undefined>;
}

/** What a host may wait for its `initialize` while somebody signs in. Milliseconds. */
const PROMPT = 5000;

export const SIGN_IN_FAULTS: readonly IncumbentFault[] = [
  {
    number: 1,
    title: 'two processes refused at once spend one refresh token twice',
    async run(stage) {
      const lab = await stage.lab();
      const hosts = [await stage.signedIn(lab.serverUrl)];
      for (let more = 0; more < 3; more++) {
        const host = stage.bridge.start(lab.serverUrl);
        await host.initialize();
        hosts.push(host);
      }
      lab.authorization.setTokenLatency(100);
      lab.authorization.forgetAccessTokens();
      const answers = await Promise.all(hosts.map((host, index) => echo(host, `${index}`)));
      const { reuseDetections } = lab.authorization.counters;
      const failed = answers.filter(answer => answer?.result === undefined).length;
      if (reuseDetections === 0 && failed === 0 && stage.bridge.tabs().length === 1) return undefined;
      return `refresh tokens used twice: ${reuseDetections}; ${failed} of 4 calls failed, ${stage.bridge.tabs().length - 1} more tabs`;
    },
  },
  {
    number: 2,
    title: 'a process whose host has gone lives on while a sign-in is pending',
    async run(stage) {
      const lab = await stage.lab();
      const first = stage.bridge.start(lab.serverUrl);
      void soon(first.initialize());
      const tab = await stage.tab(1);
      void first.leave();
      if (!(await comes(() => hasEnded(first)))) return `alive ${PATIENCE / 1000} s after its host had gone`;
      const second = stage.bridge.start(lab.serverUrl);
      const initialized = soon(second.initialize());
      await stage.consent(
        (await comes(() => stage.bridge.tabs().length > 1, 2000)) ? await stage.tab(2) : tab,
      );
      await initialized;
      return (await echo(second, 'second'))?.result ? undefined : 'the next start could not be signed in to';
    },
  },
  {
    number: 3,
    title: 'initialize is not answered before the sign-in has ended',
    async run(stage) {
      const lab = await stage.lab();
      const host = stage.bridge.start(lab.serverUrl);
      const answer = soon(host.initialize());
      await stage.tab(1);
      const late = new Promise<'late'>(resolve => setTimeout(() => resolve('late'), PROMPT));
      const first = await Promise.race([answer, late]);
      return first === 'late' ? `no answer ${PROMPT / 1000} s after the tab had opened` : undefined;
    },
  },
  {
    number: 4,
    title: 'a stray request at the callback ends the real sign-in',
    async run(stage) {
      const lab = await stage.lab();
      const host = stage.bridge.start(lab.serverUrl);
      const initialized = soon(host.initialize());
      const tab = await stage.tab(1);
      const stray = new URL('?code=stray&state=guessed', tab?.searchParams.get('redirect_uri') ?? '');
      const page = await fetch(stray);
      const said = await page.text();
      await stage.consent(tab);
      await initialized;
      const works = (await echo(host, 'still'))?.result !== undefined;
      if (page.status >= 400 && works) return undefined;
      const words = /success/i.test(said) ? ', with a page that speaks of success' : '';
      return `the stray request was answered ${page.status}${words}; the real sign-in ${works ? 'worked' : 'was lost'}`;
    },
  },
  {
    number: 5,
    title: 'the page that says it is done comes before the code is exchanged',
    async run(stage) {
      const lab = await stage.lab();
      void soon(stage.bridge.start(lab.serverUrl).initialize());
      const tab = await stage.tab(1);
      lab.authorization.refuseTokenRequests(Number.POSITIVE_INFINITY);
      const page = await stage.consent(tab);
      return page && page.status < 400 ? `the page says ${page.status}; no token was ever issued` : undefined;
    },
  },
  {
    number: 6,
    title: 'a callback port taken after the registration hands the code to a stranger',
    async run(stage) {
      const lab = await stage.lab();
      await (await stage.signedIn(lab.serverUrl)).leave();
      await stage.bridge.rest();
      lab.authorization.revokeAllGrants();
      lab.authorization.forgetAccessTokens();
      const callback = stage.bridge.tabs()[0]?.searchParams.get('redirect_uri') ?? '';
      const { asked } = await stage.foreigner(Number(new URL(callback).port));
      const host = stage.bridge.start(lab.serverUrl);
      const initialized = soon(host.initialize());
      await stage.consent(await stage.tab(2));
      await initialized;
      const works = (await echo(host, 'again'))?.result !== undefined;
      const stolen = asked.some(each => each.searchParams.has('code'));
      if (works && !stolen) return undefined;
      return `${stolen ? 'the other program was handed the code' : 'no code was stolen'}; the sign-in ${works ? 'worked' : 'never ended'}`;
    },
  },
  {
    number: 7,
    title: 'a client that the server has forgotten ends at its error page, and nobody notices',
    async run(stage) {
      const lab = await stage.lab();
      await (await stage.signedIn(lab.serverUrl)).leave();
      await stage.bridge.signOut(lab.serverUrl);
      await stage.bridge.rest();
      lab.authorization.forgetClients();
      lab.authorization.revokeAllGrants();
      lab.authorization.forgetAccessTokens();
      const host = stage.bridge.start(lab.serverUrl);
      const initialized = soon(host.initialize());
      const page = await stage.consent(await stage.tab(2));
      await initialized;
      if ((await echo(host, 'again'))?.result) return undefined;
      const exit = hasEnded(host) ? 'the start has ended' : 'the start hangs';
      return `${exit}; its tab ${page ? `ended at a page with status ${page.status}` : 'never came'}`;
    },
  },
  {
    number: 8,
    title: 'a revoked grant costs two processes two tabs, or one of them its life',
    async run(stage) {
      const lab = await stage.lab();
      const one = await stage.signedIn(lab.serverUrl);
      const other = stage.bridge.start(lab.serverUrl);
      await other.initialize();
      lab.authorization.revokeAllGrants();
      lab.authorization.forgetAccessTokens();
      const calls = [echo(one, 'one'), echo(other, 'other')];
      await stage.consent(await stage.tab(2));
      const failed = (await Promise.all(calls)).filter(answer => answer?.result === undefined).length;
      const ended = [one, other].filter(hasEnded).length;
      const tabs = stage.bridge.tabs().length - 1;
      if (failed === 0 && ended === 0 && tabs === 1) return undefined;
      return `${tabs} tabs, ${ended} of 2 processes ended, ${failed} of 2 calls failed`;
    },
  },
  {
    number: 13,
    title: 'two configurations that differ only in an environment value share one account',
    async run(stage) {
      const lab = await stage.lab();
      const args = stage.bridge.accountArgs;
      const account = async (name: string) => {
        const host = stage.bridge.start(lab.serverUrl, { args, env: { ACCOUNT: name } });
        const before = stage.bridge.tabs().length;
        const initialized = soon(host.initialize());
        if (await comes(() => stage.bridge.tabs().length > before, 3000)) {
          await stage.consent(await stage.tab(before + 1), { account: name });
        }
        await initialized;
        return JSON.stringify(
          (await soon(host.ask('tools/call', { name: 'whoami' }, PATIENCE)))?.result ?? '',
        );
      };
      const [ada, bob] = [await account('ada'), await account('bob')];
      if (ada.includes('ada') && bob.includes('bob')) return undefined;
      return bob.includes('ada')
        ? 'the second one is signed in as the first'
        : 'an account could not be used';
    },
  },
  {
    number: 14,
    title: 'after denied consent the host sees only a disconnect',
    async run(stage) {
      const lab = await stage.lab();
      const host = stage.bridge.start(lab.serverUrl);
      const initialized = soon(host.ask('initialize', INITIALIZE, PATIENCE));
      const tab = await stage.tab(1);
      const call = initialized.then(() => echo(host, 'never'));
      await stage.consent(tab, { decision: 'deny' });
      const answered = (await initialized)?.error ?? (await call)?.error;
      if (answered && !hasEnded(host)) return undefined;
      const exit = hasEnded(host) ? `it ended with exit code ${host.child.exitCode}` : 'it is still there';
      return `${exit}; ${answered ? 'the host was told' : 'no request was answered'}`;
    },
  },
];

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw-host', version: '1.0.0' },
};
