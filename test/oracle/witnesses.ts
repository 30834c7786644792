import {
  InitializeResultSchema,
  ListToolsResultSchema,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import { Broker } from '../../src/broker/broker.ts';
import { examineActively } from '../../src/doctor/active.ts';
import { isFailure } from '../../src/doctor/baseline.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';
import { examine } from '../../src/doctor/examine.ts';
import { examineFlow } from '../../src/doctor/flow.ts';
import { openTrace } from '../../src/trace/record.ts';
import { type FakeWorld, fakeWorld, type Handler } from '../support/fake-world.ts';
import { calm, fakeHost, settings } from '../support/household.ts';
import type { Bend } from './bends.ts';
import { compare } from './compare.ts';
import { type Kind, right, SERVER, spotsOf } from './right.ts';

/** Where a request goes. What is in a query is not in what was recorded. */
export const spotOf = ({ method, url }: { method: string; url: string }) =>
  `${method} ${url.replace(/\?.*/s, '')}`;

/** A bent server in a world of its own, and which requests came to the bent spot. */
function bentWorld(kind: Kind, bend: Bend | undefined): { world: FakeWorld; bent: Set<string> } {
  const bent = new Set<string>();
  const servers = Object.fromEntries(
    Object.entries(right(kind)).map(([origin, handle]): [string, Handler] => [
      origin,
      async (request, dialled) => {
        const isBent = bend !== undefined && (await spotsOf(request, kind)).includes(bend.spot);
        if (!isBent) return handle(request, dialled);
        bent.add(spotOf(request));
        const copy = request.clone();
        return bend.answer(await handle(request, dialled), copy);
      },
    ]),
  );
  return { world: fakeWorld({ servers }), bent };
}

/** Lets a promise come to its end, turning the clock where nothing else goes on. */
async function driven<T>({ clock }: FakeWorld, work: Promise<T>, limit: number): Promise<T | undefined> {
  let end: { value: T } | { error: unknown } | undefined;
  work.then(
    value => {
      end = { value };
    },
    error => {
      end = { error };
    },
  );
  const last = clock.now() + limit;
  for (let step = 250; end === undefined && clock.now() < last; step = Math.min(step * 2, 30_000)) {
    await calm();
    if (end === undefined) await clock.advance(step);
  }
  const ended = end as { value: T } | { error: unknown } | undefined;
  if (ended === undefined) return undefined;
  if ('error' in ended) throw ended.error;
  return ended.value;
}

/** Milliseconds of the world's clock after which a host has given up. */
const PATIENCE = 10 * 60_000;

/** The bridge: signs in where that is wanted, and calls a tool. `undefined` where that succeeds, else why not. */
async function bridge(kind: Kind, bend?: Bend): Promise<string | undefined> {
  const { world } = bentWorld(kind, bend);
  const broker = new Broker(
    Object.assign(world, {
      openBrowser: async (url: URL) => {
        void world.browse(url).catch(() => {});
      },
    }),
    { version: 'test', pid: 1, home: '/state', vaultNote: () => undefined, stop: async () => {} },
  );
  const hosts: ReturnType<typeof fakeHost>[] = [];
  const use = async (): Promise<string | undefined> => {
    const host = fakeHost(broker, settings());
    hosts.push(host);
    const begun = await host.initialize();
    if (begun.error) return `initialize: ${begun.error.message}`;
    // What hosts do with it: most are built on the official SDK.
    const result = InitializeResultSchema.safeParse(begun.result);
    if (!result.success || !SUPPORTED_PROTOCOL_VERSIONS.includes(result.data.protocolVersion))
      return 'initialize: the host refuses the result.';
    const list = await host.ask('tools/list');
    if (!list.result) return `tools/list: ${list.error?.message}`;
    if (!ListToolsResultSchema.safeParse(list.result).success)
      return 'tools/list: the host refuses the result.';
    const call = await host.ask('tools/call', { name: 'echo', arguments: { text: 'x' } });
    return call.result ? undefined : `tools/call: ${call.error?.message}`;
  };
  try {
    return await driven(
      world,
      // The first host was answered before anybody had signed in; the second hears the server itself.
      use()
        .then(async said => said ?? (await use()))
        .then(said => ({ said })),
      PATIENCE,
    ).then(ended => (ended ? ended.said : 'It waits for ever.'));
  } finally {
    for (const host of hosts) void host.leave().catch(() => {});
  }
}

/** The doctor, with everything it can do, and the clients it walks. */
async function doctor(kind: Kind, bend?: Bend): Promise<{ diagnosis: Diagnosis; bent: Set<string> }> {
  const { world, bent } = bentWorld(kind, bend);
  const { trace, root } = openTrace(world, { userAgent: 'keybridge/0' });
  const work = async () => {
    const passive = await examine(new URL(SERVER), 'server', root, trace, world);
    const active = await examineActively(passive, root, trace, world);
    let take: (text: string) => Promise<void> = async () => {};
    const shown = await examineFlow(
      active,
      root,
      trace,
      {
        ...world,
        openBrowser: async url => {
          void world.browse(url).then(
            // Who is shown an error pastes it.
            page => (page.status >= 400 || page.text !== '' ? take(page.text || 'nothing') : undefined),
            () => take('The browser shows an error.'),
          );
        },
      },
      {
        onPaste: each => {
          take = each;
          return () => {};
        },
      },
    );
    return diagnose(shown, { version: 'test' });
  };
  const diagnosis = await driven(world, work(), 60 * 60_000);
  if (!diagnosis) throw new Error('The doctor does not come to an end.');
  return { diagnosis, bent };
}

/** What the three witnesses do not agree on, in a world in memory; nothing where they do. */
export async function disagreement(kind: Kind, bend?: Bend): Promise<string | undefined> {
  const failure = await bridge(kind, bend);
  const { diagnosis, bent } = await doctor(kind, bend);
  return compare({
    failure,
    diagnosis,
    isFailure: isFailure(diagnosis, 'broken'),
    isBent: request => bent.has(spotOf(request)),
  });
}
