import { describe, expect, test } from 'vitest';
import {
  baseOf,
  createWalk,
  type Flow,
  fold,
  IDLE,
  nextArrow,
  placeOf,
} from '../../../app/renderer/model/flow.ts';
import { termOf } from '../../../app/renderer/model/terms.ts';
import { en } from '../../../app/renderer/texts/catalogue.ts';
import { all as he } from '../../../app/renderer/texts/he/all.ts';
import { all as zhHant } from '../../../app/renderer/texts/zh-hant/all.ts';
import type { FlowArrow, FlowEvent } from '../../../src/api/window.ts';
import { Fault } from '../../../src/base/fault.ts';
import { Feed } from '../../../src/base/feed.ts';

const TARGET = { server: 'https://mcp.example/mcp', profile: 'default' };

function arrow(more: Partial<FlowArrow> = {}): FlowEvent {
  return {
    kind: 'arrow',
    arrow: {
      id: 'registration',
      from: 'keybridge',
      to: 'authorization-server',
      kind: 'registration',
      title: 'POST /register',
      state: 'next',
      exchanges: [],
      fields: [],
      ...more,
    },
  };
}

const folded = (...events: FlowEvent[]): Flow => events.reduce(fold, { ...IDLE, stage: 'running' });

describe('a flow', () => {
  test('keeps its arrows in the order they first came in, each as it is now', () => {
    const flow = folded(
      arrow(),
      arrow({ id: 'token', kind: 'token' }),
      arrow({ state: 'done', title: 'POST /reg' }),
    );
    expect(flow.arrows.map(({ id, state }) => `${id} ${state}`)).toEqual(['registration done', 'token next']);
  });

  test('waits at the arrow of its kind, until it goes on', () => {
    const waiting = folded(arrow({ state: 'failed' }), arrow({ id: 'registration-2' }), {
      kind: 'waiting',
      before: 'registration',
    });
    expect(nextArrow(waiting)?.id).toBe('registration-2');
    const gone = fold(waiting, { kind: 'going-on' });
    expect(gone).not.toHaveProperty('waiting');
    expect(nextArrow(gone)).toBeUndefined();
  });

  test('needs its link no more once the browser is back', () => {
    const linked = folded({ kind: 'link', url: 'https://as.example/authorize', opened: false });
    expect(linked.link?.opened).toBe(false);
    expect(fold(linked, arrow({ id: 'callback', kind: 'callback', state: 'done' }))).not.toHaveProperty(
      'link',
    );
  });

  test('draws an arrow from the middle of one lifeline to that of another, whichever way it goes', () => {
    expect(placeOf({ from: 'keybridge', to: 'mcp-server' })).toEqual({ start: 4, end: 10, forward: true });
    expect(placeOf({ from: 'mcp-server', to: 'keybridge' })).toEqual({ start: 4, end: 10, forward: false });
  });

  test('has a caption for an arrow of a second try, too', () => {
    expect(baseOf('server-metadata-2')).toBe('server-metadata');
    expect(baseOf('server-metadata')).toBe('server-metadata');
  });
});

describe('a walk', () => {
  function begun() {
    const left: string[] = [];
    const feed = new Feed<FlowEvent>(() => left.push('left'));
    const goneOn: string[] = [];
    const walk = createWalk(TARGET);
    walk.start({ signIn: () => feed }, 'step-by-step');
    return {
      walk,
      feed,
      left,
      goOn: () => walk.goOn({ goOn: async flow => void goneOn.push(flow) }),
      goneOn,
    };
  }
  const turn = () => new Promise(resolve => setImmediate(resolve));

  test('goes on by its name, and says no longer that it waits', async () => {
    const { walk, feed, goOn, goneOn } = begun();
    feed.push({ kind: 'started', flow: 'f1', serverHost: 'mcp.example' });
    feed.push({ kind: 'waiting', before: 'request' });
    await turn();
    expect(walk.now.get()).toMatchObject({ stage: 'running', how: 'step-by-step', waiting: {} });
    goOn();
    expect(goneOn).toEqual(['f1']);
    expect(walk.now.get()).not.toHaveProperty('waiting');
  });

  test('that is called off ends the stream, and nothing that comes later is drawn', async () => {
    const { walk, feed, left } = begun();
    feed.push(arrow());
    await turn();
    walk.cancel();
    feed.push(arrow({ id: 'token' }));
    await turn();
    expect(left).toEqual(['left']);
    expect(walk.now.get()).toMatchObject({ stage: 'cancelled', arrows: [{ state: 'skipped' }] });
  });

  test('that fails keeps what was thrown', async () => {
    const { walk, feed } = begun();
    const fault = new Fault('sign-in.denied', 'No.');
    feed.end(fault);
    await turn();
    expect(walk.now.get()).toMatchObject({ stage: 'failed', thrown: fault });
  });
});

test('a term is explained under its own name or the one a field gives', () => {
  expect(termOf({ name: 'state' })).toBe('state');
  expect(termOf({ name: 'redirect_uris', term: 'redirect_uri' })).toBe('redirect_uri');
  expect(termOf({ name: 'constructor' })).toBeUndefined();
});

test('every arrow has a caption in every language', () => {
  const names = Object.keys(en.signIn.arrows).sort();
  for (const texts of [he, zhHant]) expect(Object.keys(texts.signIn.arrows).sort()).toEqual(names);
});
