import type { IncumbentFault } from './sign-in-faults.ts';
import { comes, echo, hasEnded, PATIENCE, soon } from './stage.ts';

/** Requests a start may cost a server that lets everybody in: initialize, initialized, the stream. */
const FEW = 3;
/** How often a stream may end and must still come back. */
const ENDINGS = 5;

export const MESSAGE_FAULTS: readonly IncumbentFault[] = [
  {
    number: 9,
    title: 'a call whose stream breaks off is never answered',
    async run(stage) {
      const server = await stage.plain();
      const host = stage.bridge.start(server.url);
      await host.initialize();
      server.breakNextAnswer();
      const answer = await echo(host, 'lost');
      return answer ? undefined : `no answer within ${PATIENCE / 1000} s`;
    },
  },
  {
    number: 10,
    title: 'a request over 10 MiB bricks the bridge',
    async run(stage) {
      const server = await stage.plain();
      const host = stage.bridge.start(server.url);
      await host.initialize();
      const large = await echo(host, 'x'.repeat(11 * 1024 * 1024));
      const small = await echo(host, 'small');
      if (large && small) return undefined;
      const exit = hasEnded(host) ? 'it has ended' : 'it is still running';
      return `the large request was ${large ? '' : 'not '}answered, the next one ${small ? 'was' : 'was not'}; ${exit}`;
    },
  },
  {
    number: 11,
    title: 'a start costs a server without sign-in a dozen requests and a second session',
    async run(stage) {
      const server = await stage.plain();
      const host = stage.bridge.start(server.url);
      await host.initialize();
      await comes(() => server.streams > 0);
      const posts = server.requests.filter(each => each === 'POST initialize').length;
      if (server.requests.length <= FEW && posts === 1) return undefined;
      return `${server.requests.length} requests, ${posts} sessions, ${server.sessions.size} of them still open`;
    },
  },
  {
    number: 12,
    title: 'a session lost with 400 is not set up again, none is ended, the stream falls silent',
    async run(stage) {
      const server = await stage.plain();
      const host = stage.bridge.start(server.url);
      await host.initialize();
      const wrong: string[] = [];
      let heard = 0;
      const changes = () => host.heard().filter(each => each.method?.endsWith('list_changed')).length;
      for (let ending = 0; ending < ENDINGS && wrong.length === 0; ending++) {
        if (!(await comes(() => server.streams === 1)))
          wrong.push(`the stream stays away after ${ending} endings`);
        server.announce();
        if (!(await comes(() => changes() > heard))) wrong.push('what the server said unasked was not heard');
        heard = changes();
        server.endStreams();
      }
      server.forgetSessions();
      if (!(await echo(host, 'again'))?.result) wrong.push('a call in a lost session fails');
      await soon(host.leave());
      if (!(await comes(() => server.requests.some(each => each.startsWith('DELETE')), 3000))) {
        wrong.push('no session is ended');
      }
      return wrong.length > 0 ? wrong.join(', ') : undefined;
    },
  },
  {
    number: 15,
    title: "the server is told another name than the host's own",
    async run(stage) {
      const server = await stage.plain();
      await stage.bridge.start(server.url).initialize();
      const names = [...new Set(server.clients)];
      return names.every(name => name === 'raw-host') ? undefined : `it heard "${names.join('" and "')}"`;
    },
  },
];
