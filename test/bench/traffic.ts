import {
  ListRootsRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Host, type Installation, textOf } from '../support/keybridge.ts';

/** What became of the traffic so far. */
export interface Tally {
  /** Requests of hosts. */
  requests: number;
  /** Answered with an error, in the words of the first few; fair while a server restarts or drops streams. */
  refused: number;
  refusals: string[];
  /** Never answered, or with what belonged to another. There is no excuse for these. */
  lost: string[];
  progress: number;
  listChanges: number;
  askedBack: number;
  hostsReplaced: number;
  restarts: number;
  drops: number;
}

/** What a few people do in a day with servers of three kinds, and what servers do to them. */
export interface Traffic {
  readonly tally: Readonly<Tally>;
  /** A bout of everything at once; resolves when it is quiet again. */
  round(): Promise<void>;
  /** About so many requests of the same mixture, as fast as they go and without any trouble. */
  plenty(requests: number): Promise<void>;
  refreshes(): number;
  close(): Promise<void>;
}

/** Hosts there are at any time. */
const HOSTS = 6;
/** Echoes each asks for in one bout, and characters of a longer answer. */
const ECHOES = 30;
const BIG = 100_000;
/** Requests one host has under way at once. */
const AT_ONCE = 4;
/** Hosts that leave after a round, and as many that come. */
const REPLACED = 3;
/** Milliseconds after which an answer does not come any more. */
const PATIENCE = 20_000;
/** Milliseconds between two times that a server wants other tokens; one that does so all the time is at fault. */
const FORGETS = 20_000;
/** Milliseconds into a round at which a server does something to its clients. */
const TROUBLE = 150;

interface Guest {
  host: Host;
  url: string;
}

/** Starts servers whose access tokens live for so many seconds, and hosts that have signed in to them. */
export async function startTraffic(installation: Installation, tokenLife: number): Promise<Traffic> {
  const streams = await startLab({ tokenLife, sse: true });
  const plain = await startLab({ tokenLife, jsonAnswers: true, accessTokens: 'opaque' });
  const labs = [streams, plain];
  const urls = [streams.serverUrl, plain.serverUrl, streams.sseUrl ?? ''];
  const tally: Tally = {
    requests: 0,
    refused: 0,
    refusals: [],
    lost: [],
    progress: 0,
    listChanges: 0,
    askedBack: 0,
    hostsReplaced: 0,
    restarts: 0,
    drops: 0,
  };
  let rounds = 0;
  let forgotten = 0;

  async function join(url: string): Promise<Guest> {
    const client = { capabilities: { roots: { listChanged: true } } };
    const host = await installation.host(url, { client });
    host.client.setRequestHandler(ListRootsRequestSchema, () => {
      tally.askedBack++;
      return { roots: [{ uri: 'file:///somewhere', name: 'somewhere' }] };
    });
    host.client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      tally.listChanges++;
    });
    return { host, url };
  }

  /** Whatever comes of a request, it is counted; `judge` says what is wrong with the answer. */
  async function ask<T>(
    what: string,
    work: () => Promise<T>,
    judge?: (answer: T) => boolean,
  ): Promise<boolean> {
    tally.requests++;
    try {
      const answer = await work();
      if (judge?.(answer) === false) tally.lost.push(`${what} had another’s answer`);
      return true;
    } catch (error) {
      const { message } = error as Error;
      // The code by itself says little: servers use it too.
      if (message.includes('Request timed out')) tally.lost.push(`${what} had no answer`);
      else {
        tally.refused++;
        if (tally.refusals.length < 10) tally.refusals.push(`${what}: ${message}`);
      }
      return false;
    }
  }

  const call = ({ host }: Guest, name: string, args: Record<string, unknown>, more = {}) =>
    host.client.callTool({ name, arguments: args }, undefined, { timeout: PATIENCE, ...more });

  const echo = (guest: Guest, text: string) =>
    ask(
      `echo ${text}`,
      () => call(guest, 'echo', { text }),
      answer => textOf(answer) === text,
    );

  const list = ({ host }: Guest) =>
    ask(
      'tools/list',
      () => host.client.listTools(undefined, { timeout: PATIENCE }),
      ({ tools }) => tools.length > 0,
    );

  const big = (guest: Guest) =>
    ask(
      'big',
      () => call(guest, 'big', { bytes: BIG }),
      answer => textOf(answer).length === BIG,
    );

  async function manyEchoes(guest: Guest, name: string, count: number): Promise<void> {
    let next = 0;
    const worker = async () => {
      while (next < count) await echo(guest, `${name}/${next++}`);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async function everything(guest: Guest, name: string, asksBig: boolean): Promise<void> {
    const onprogress = () => {
      tally.progress++;
    };
    const given = new AbortController();
    const work = [
      manyEchoes(guest, name, ECHOES),
      list(guest),
      ...(asksBig ? [big(guest)] : []),
      ask(`slow at ${guest.url}`, () => call(guest, 'slow', { ms: 100, steps: 5 }, { onprogress })),
      // The host gives up; what counts is that nothing of it stays behind.
      call(guest, 'slow', { ms: 5_000 }, { signal: given.signal }).catch(() => {}),
      guest.host.client.sendRootsListChanged(),
      // Where answers are JSON, the question comes on the stream beside them, which a restart takes away.
      ...(guest.url === plain.serverUrl ? [] : [ask('ask', () => call(guest, 'ask', { kind: 'roots' }))]),
    ];
    setTimeout(() => given.abort(), TROUBLE / 2);
    await Promise.all(work);
  }

  async function trouble(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, TROUBLE));
    const servers = labs.flatMap(({ mcp, sse }) => (sse ? [mcp, sse] : [mcp]));
    const kind = rounds % 3;
    if (kind === 1) {
      tally.restarts++;
      for (const server of servers) await server.loseSessions();
    } else if (kind === 2) {
      tally.drops++;
      for (const server of servers) server.dropStreams();
    } else if (Date.now() - forgotten > FORGETS) {
      forgotten = Date.now();
      for (const { authorization } of labs) authorization.forgetAccessTokens();
    }
    await Promise.all(servers.map(server => server.addTool('grown')));
  }

  async function replace(index: number): Promise<void> {
    const leaving = guests[index];
    if (!leaving) return;
    await leaving.host.close();
    guests[index] = await join(leaving.url);
    tally.hostsReplaced++;
  }

  const guests = await Promise.all(
    Array.from({ length: HOSTS }, (_, n) => join(urls[n % urls.length] ?? '')),
  );
  // Everybody waits for the sign-ins once.
  await Promise.all(guests.map((guest, index) => echo(guest, `first/${index}`)));

  return {
    tally,
    async round() {
      const round = rounds++;
      await Promise.all([
        trouble(),
        ...guests.map((guest, index) => everything(guest, `${round}/${index}`, index === round % HOSTS)),
        installation.run(['status', '--json']),
      ]);
      for (let n = 0; n < REPLACED; n++) await replace((round * REPLACED + n) % HOSTS);
      // Whatever was done to them, everybody is served again.
      for (const [index, guest] of guests.entries())
        if (!(await echo(guest, `${round}/after/${index}`)))
          tally.lost.push(`host ${index} is not served again`);
    },
    async plenty(requests) {
      const bouts = Math.round(requests / HOSTS / (ECHOES + 1));
      const one = async (guest: Guest, index: number) => {
        for (let bout = 0; bout < bouts; bout++) {
          await manyEchoes(guest, `plenty/${index}/${bout}`, ECHOES);
          await (bout % HOSTS === index ? big(guest) : list(guest));
        }
      };
      await Promise.all(guests.map(one));
    },
    refreshes: () => labs.reduce((sum, { authorization }) => sum + authorization.counters.refreshes, 0),
    async close() {
      await Promise.all(guests.map(({ host }) => host.close()));
      await Promise.all(labs.map((lab: Lab) => lab.close()));
    },
  };
}
