import { describe, expect, test } from 'vitest';
import type { Api, LoginEvent } from '../../src/api/contract.ts';
import type { Port } from '../../src/api/port.ts';
import { callApi, serveApi } from '../../src/api/rpc.ts';
import { Fault } from '../../src/base/fault.ts';
import { Feed } from '../../src/base/feed.ts';
import { calm, settings, thrown } from '../support/household.ts';

/** Two ends of a wire that carries JSON and nothing else, as every real one. */
function wire() {
  const end = () => ({ heard: new Set<(message: unknown) => void>(), closed: new Set<() => void>() });
  const [here, there] = [end(), end()];
  const posted: unknown[] = [];
  let open = true;
  const port = (own: ReturnType<typeof end>, other: ReturnType<typeof end>): Port => ({
    post: message => {
      posted.push(message);
      const text = JSON.stringify(message);
      if (open) queueMicrotask(() => other.heard.forEach(hear => void hear(JSON.parse(text))));
    },
    onMessage: listener => {
      own.heard.add(listener);
      return () => own.heard.delete(listener);
    },
    onClose: listener => {
      own.closed.add(listener);
      return () => own.closed.delete(listener);
    },
  });
  return {
    near: port(here, there),
    far: port(there, here),
    posted,
    close: () => {
      open = false;
      for (const listener of [...here.closed, ...there.closed]) listener();
    },
  };
}

const refuse = async (): Promise<never> => {
  throw new Error('Nobody asked for this.');
};

function served(api: Partial<Api>) {
  const line = wire();
  const none: Api = {
    status: refuse,
    login: () => new Feed(),
    confirm: refuse,
    deliver: refuse,
    logout: refuse,
    forget: refuse,
    trace: () => new Feed(),
    window: refuse,
    stop: refuse,
  };
  serveApi({ ...none, ...api }, line.far);
  return { ...line, api: callApi(line.near) };
}

test('What is left out of a call at its end is left out on the other side too', async () => {
  const { near, far } = wire();
  const heard: unknown[][] = [];
  const deliver = async (...args: unknown[]) => void heard.push(args);
  serveApi({ deliver } as unknown as Api, far);
  const api = callApi<{ deliver(...args: unknown[]): Promise<void> }>(near);
  await api.deliver('a', undefined, 'b', undefined);
  await api.deliver(undefined);
  expect(heard).toEqual([['a', null, 'b'], []]);
});

describe('a call', () => {
  test('brings its arguments there and the answer back', async () => {
    const asked: unknown[] = [];
    const { api } = served({
      logout: async its => {
        asked.push(its);
        return true;
      },
    });
    expect(await api.logout(settings({ profile: 'work' }))).toBe(true);
    expect(asked).toEqual([settings({ profile: 'work' })]);
  });

  test('that answers nothing ends all the same', async () => {
    const { api } = served({ deliver: async () => {} });
    expect(await api.deliver('http://127.0.0.1/callback')).toBeUndefined();
  });

  test('has its own answer, whatever the order they come in', async () => {
    const answers = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
    let count = 0;
    const { api } = served({ logout: () => answers[count++]?.promise ?? refuse() });
    const calls = [api.logout(settings()), api.logout(settings())];
    await calm();
    answers[1]?.resolve(false);
    expect(await calls[1]).toBe(false);
    answers[0]?.resolve(true);
    expect(await calls[0]).toBe(true);
  });

  test('throws the Fault that was thrown there, whole', async () => {
    const fault = new Fault('vault.locked', 'It is locked.', {
      remedy: 'Unlock it.',
      evidence: ['x1', 'x2'],
      data: { signInUrl: 'https://as.example/authorize' },
      cause: new Error('inner'),
    });
    const { api } = served({ status: () => Promise.reject(fault) });
    const crossed = await thrown(api.status());
    expect(crossed).toBeInstanceOf(Fault);
    expect(crossed.toJSON()).toEqual(fault.toJSON());
  });

  test('throws what was no Fault as `internal`, and one thrown at once like any other', async () => {
    const { api } = served({
      status: () => {
        throw new TypeError('no such thing');
      },
    });
    expect(await thrown(api.status())).toMatchObject({ code: 'internal', message: 'no such thing' });
  });

  test('of a method that a newer Keybridge has is refused by name', async () => {
    const { near, far } = wire();
    serveApi(served({}).api, far);
    const heard = new Promise(resolve => near.onMessage(resolve));
    near.post({ call: 1, method: 'constructor', args: [] });
    expect(await heard).toMatchObject({ end: 1, fault: { code: 'broker.version' } });
  });

  test('is rejected when the wire is cut, and so is every later one', async () => {
    const { api, close } = served({ status: () => new Promise(() => {}) });
    const waiting = api.status();
    await calm();
    close();
    expect((await thrown(waiting)).code).toBe('broker.lost');
    expect((await thrown(api.status())).code).toBe('broker.lost');
    await expect(api.trace(true)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'broker.lost',
    });
  });

  test('under the number of one that is open is passed over, and so many at once are refused', async () => {
    const { near, posted } = served({ trace: () => new Feed() });
    const ends = () => posted.filter(each => (each as { end?: number }).end !== undefined);
    for (let count = 0; count < 1_000; count++) near.post({ call: count, method: 'trace', args: [] });
    near.post({ call: 7, method: 'trace', args: [] });
    near.post({ call: 1_000, method: 'status', args: [] });
    await calm();
    expect(ends()).toMatchObject([{ end: 1_000, fault: { code: 'broker.busy' } }]);
    near.post({ cancel: 7 });
    await calm();
    near.post({ call: 1_001, method: '__proto__', args: [] });
    await calm();
    expect(ends()).toMatchObject([
      { end: 1_000 },
      { end: 7 },
      { end: 1_001, fault: { code: 'broker.version' } },
    ]);
  });

  test('that nobody made is passed over, like whatever is no call', async () => {
    const { api, far, near } = served({ logout: async () => true });
    for (const odd of [
      null,
      1,
      'x',
      [],
      {},
      { end: 99 },
      { item: 99, value: 1 },
      { call: '1', method: 'status', args: [] },
    ]) {
      far.post(odd);
      near.post(odd);
    }
    expect(await api.logout(settings())).toBe(true);
  });
});

describe('a stream', () => {
  const link: LoginEvent = { kind: 'link', url: 'https://as.example/', opened: true };
  const note: LoginEvent = { kind: 'note', text: 'Port 1 is in use.' };

  test('brings its items in order and ends', async () => {
    const feed = new Feed<LoginEvent>();
    const { api } = served({ login: () => feed });
    for (const item of [note, link]) feed.push(item);
    feed.end();
    const seen: LoginEvent[] = [];
    for await (const item of api.login(settings())) seen.push(item);
    expect(seen).toEqual([note, link]);
  });

  test('begins when it is asked for, not when it is first read', async () => {
    let asked = 0;
    const { api } = served({
      trace: () => {
        asked++;
        return new Feed();
      },
    });
    api.trace(true);
    await calm();
    expect(asked).toBe(1);
  });

  test('that fails brings what came before, then the Fault', async () => {
    const feed = new Feed<LoginEvent>();
    const { api } = served({ login: () => feed });
    const login = api.login(settings())[Symbol.asyncIterator]();
    const waiting = login.next();
    feed.push(note);
    expect(await waiting).toEqual({ value: note, done: false });
    const failing = login.next();
    feed.end(new Fault('sign-in.denied', 'No.'));
    expect(await thrown(failing)).toMatchObject({ code: 'sign-in.denied', message: 'No.' });
  });

  test('that is left is ended at the far end, also while it is being waited for', async () => {
    let ended = 0;
    const { api } = served({ login: () => new Feed(() => ended++) });
    const login = api.login(settings())[Symbol.asyncIterator]();
    const waiting = login.next();
    await calm();
    await login.return?.();
    expect(await waiting).toMatchObject({ done: true });
    await calm();
    expect(ended).toBe(1);
  });

  test('that is over is not cancelled afterwards', async () => {
    const feed = new Feed<LoginEvent>();
    feed.end();
    const { api, posted } = served({ login: () => feed });
    const login = api.login(settings())[Symbol.asyncIterator]();
    expect(await login.next()).toMatchObject({ done: true });
    await login.return?.();
    expect(posted.some(message => Object.hasOwn(Object(message), 'cancel'))).toBe(false);
  });

  test('is rejected when the wire is cut, and ended at the far end', async () => {
    let ended = 0;
    const { api, close } = served({ login: () => new Feed(() => ended++) });
    const waiting = api.login(settings())[Symbol.asyncIterator]().next();
    await calm();
    close();
    expect((await thrown(waiting)).code).toBe('broker.lost');
    expect(ended).toBe(1);
  });
});
