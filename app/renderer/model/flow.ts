import type { FlowArrow, FlowEvent, Party, TokenClaim, WindowApi } from '../../../src/api/window.ts';
import type { Target } from '../../../src/broker/settings.ts';
import { createStore, type Store } from './store.ts';

type EventOf<K extends FlowEvent['kind']> = Extract<FlowEvent, { kind: K }>;

/** The parties in the order of their lifelines. */
export const PARTIES: readonly Party[] = [
  'host',
  'keybridge',
  'browser',
  'authorization-server',
  'mcp-server',
];

export type How = 'at-once' | 'step-by-step';

/** One sign-in as it is drawn. */
export interface Flow {
  stage: 'idle' | 'running' | 'signed-in' | 'failed' | 'cancelled';
  how: How;
  /** Its name, for going on. */
  flow?: string;
  arrows: readonly FlowArrow[];
  waiting?: EventOf<'waiting'>;
  link?: EventOf<'link'>;
  registered?: EventOf<'registered'>;
  notes: readonly string[];
  claims?: { claims: readonly TokenClaim[]; format: 'jwt' | 'opaque' };
  signedIn?: EventOf<'signed-in'>;
  /** What ended it. */
  thrown?: unknown;
}

export const IDLE: Flow = { stage: 'idle', how: 'at-once', arrows: [], notes: [] };

/** What is known after one event more. */
export function fold(before: Flow, event: FlowEvent): Flow {
  switch (event.kind) {
    case 'started':
      return { ...IDLE, how: before.how, stage: 'running', flow: event.flow };
    case 'arrow': {
      const { arrow } = event;
      const isKnown = before.arrows.some(({ id }) => id === arrow.id);
      const arrows = isKnown
        ? before.arrows.map(each => (each.id === arrow.id ? arrow : each))
        : [...before.arrows, arrow];
      // Nobody needs the link once the browser is back.
      return arrow.kind === 'callback' || arrow.kind === 'call'
        ? without({ ...before, arrows }, 'link')
        : { ...before, arrows };
    }
    case 'waiting':
      return { ...before, waiting: event };
    case 'going-on':
      return without(before, 'waiting');
    case 'link':
      return { ...before, link: event };
    case 'registered':
      return { ...before, registered: event };
    case 'note':
      return { ...before, notes: [...before.notes, event.text] };
    case 'claims':
      return { ...without(before, 'link'), claims: { claims: event.claims, format: event.format } };
    case 'signed-in':
      return { ...without(without(before, 'waiting'), 'link'), stage: 'signed-in', signedIn: event };
  }
}

function without(flow: Flow, part: 'waiting' | 'link'): Flow {
  const { [part]: _, ...rest } = flow;
  return rest;
}

/** The arrow a walk waits at: what will be sent is shown there. */
export function nextArrow({ arrows, waiting }: Flow): FlowArrow | undefined {
  return waiting && arrows.findLast(({ kind, state }) => kind === waiting.before && state === 'next');
}

/** Which arrow of the table of captions an id stands for; a second try has a number behind it. */
export function baseOf(id: string): string {
  return id.replace(/-\d+$/, '');
}

/** The half columns an arrow runs through, as lines of a grid, and which way it points. */
export function placeOf({ from, to }: Pick<FlowArrow, 'from' | 'to'>): {
  start: number;
  end: number;
  forward: boolean;
} {
  const [one, other] = [PARTIES.indexOf(from), PARTIES.indexOf(to)];
  return {
    start: 2 * Math.min(one, other) + 2,
    end: 2 * Math.max(one, other) + 2,
    forward: one < other,
  };
}

/** One server's sign-in in this window: it goes on while other screens are looked at. */
export interface Walk {
  readonly now: Store<Flow>;
  start(api: Pick<WindowApi, 'signIn'>, how: How): void;
  goOn(api: Pick<WindowApi, 'goOn'>): void;
  cancel(): void;
}

const walks = new Map<string, Walk>();

/** The sign-in of a server, made when it is first asked for. */
export function walkOf({ server, profile }: Target): Walk {
  const key = `${profile} ${server}`;
  const known = walks.get(key) ?? createWalk({ server, profile });
  walks.set(key, known);
  return known;
}

export function createWalk(target: Target): Walk {
  const now = createStore<Flow>(IDLE);
  let running: AsyncIterator<FlowEvent> | undefined;
  const run = async (events: AsyncIterator<FlowEvent>) => {
    const change = (step: (before: Flow) => Flow) => {
      // One that was called off has nothing to say any more.
      if (events === running) now.change(step);
    };
    try {
      for (let next = await events.next(); !next.done; next = await events.next()) {
        const event = next.value;
        change(before => fold(before, event));
      }
    } catch (thrown) {
      change(before => ({ ...without(without(before, 'waiting'), 'link'), stage: 'failed', thrown }));
    }
    if (events === running) running = undefined;
  };
  const leave = () => {
    const events = running;
    running = undefined;
    void events?.return?.();
  };
  return {
    now,
    start: (api, how) => {
      leave();
      now.set({ ...IDLE, stage: 'running', how });
      running = api.signIn(target, how)[Symbol.asyncIterator]();
      void run(running);
    },
    goOn: api => {
      const { flow } = now.get();
      if (flow === undefined) return;
      now.change(before => without(before, 'waiting'));
      // A flow that is over has said so itself.
      api.goOn(flow).catch(() => {});
    },
    cancel: () => {
      leave();
      now.change(before => ({
        ...without(without(before, 'waiting'), 'link'),
        stage: 'cancelled',
        arrows: before.arrows.map(each =>
          each.state === 'running' || each.state === 'next' ? { ...each, state: 'skipped' } : each,
        ),
      }));
    },
  };
}
