import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CHANNEL, openWire } from '../../app/main/wire.ts';
import type { ClosablePort } from '../../src/api/port.ts';
import { asContents, FakeContents, FakeIpc } from '../support/electron.ts';

function wired() {
  const ipc = new FakeIpc();
  const contents = new FakeContents();
  const served: ClosablePort[] = [];
  openWire(
    ipc,
    () => asContents(contents),
    port => served.push(port),
  );
  return { ipc, contents, served };
}

const page = (contents: FakeContents) => ({ sender: contents, senderFrame: contents.mainFrame });

describe('the wire to the window', () => {
  test('carries plain data both ways, once somebody listens', async () => {
    const { ipc, contents, served } = wired();
    const end = ipc.knock(page(contents));
    end.postMessage('{"call":1}');
    const [port] = served;
    const heard = new Promise(resolve => port?.onMessage(resolve));
    expect(await heard).toEqual({ call: 1 });
    port?.post({ end: 1, value: { a: undefined, text: 'ü' } });
    expect(await once(end, 'message')).toEqual(['{"end":1,"value":{"text":"ü"}}']);
    end.close();
  });

  test('hears nothing that is no JSON text', async () => {
    const { ipc, contents, served } = wired();
    const end = ipc.knock(page(contents));
    const heard: unknown[] = [];
    const last = new Promise(resolve =>
      served[0]?.onMessage(message => heard.push(message) && resolve(message)),
    );
    for (const message of [{ call: 1 }, 'no json', 7, null, '"last"']) end.postMessage(message);
    await last;
    expect(heard).toEqual(['last']);
    end.close();
  });

  test.each<[string, (contents: FakeContents) => Parameters<FakeIpc['knock']>[0]]>([
    ['another page', ({ mainFrame }) => ({ sender: new FakeContents(), senderFrame: mainFrame })],
    [
      'a frame in ours',
      c => ({ sender: c, senderFrame: { parent: c.mainFrame as never, url: 'keybridge://window/' } }),
    ],
    [
      'another address in our window',
      c => ({ sender: c, senderFrame: { parent: null, url: 'https://a.example/' } }),
    ],
    [
      'another host of our scheme',
      c => ({ sender: c, senderFrame: { parent: null, url: 'keybridge://a.example/' } }),
    ],
    ['a page without an address', c => ({ sender: c, senderFrame: { parent: null, url: '' } })],
    ['a frame that is gone', c => ({ sender: c, senderFrame: null })],
  ])('is closed to %s', async (_, from) => {
    const { ipc, contents, served } = wired();
    await once(ipc.knock(from(contents)), 'close');
    expect(served).toEqual([]);
  });

  test('is closed to whoever brings more than one port, or knocks before there is a window', async () => {
    const { ipc, contents, served } = wired();
    await once(ipc.knock(page(contents), 2), 'close');
    const early = new FakeIpc();
    openWire(
      early,
      () => undefined,
      port => served.push(port),
    );
    await once(early.knock(page(contents)), 'close');
    ipc.emit(CHANNEL, { ...page(contents), ports: [] });
    expect(served).toEqual([]);
  });

  test('gives a page that was loaded again a port of its own, and closes the one before', async () => {
    const { ipc, contents, served } = wired();
    const before = ipc.knock(page(contents));
    let closed = 0;
    served[0]?.onClose(() => closed++);
    const after = ipc.knock(page(contents));
    await once(before, 'close');
    expect(closed).toBe(1);
    served[0]?.post('too late');
    served[1]?.post('in time');
    expect(await once(after, 'message')).toEqual(['"in time"']);
    after.close();
  });

  test('lets streams wait for a page that does not keep up, and for no longer than the page is there', async () => {
    const { ipc, contents, served } = wired();
    const end = ipc.knock(page(contents));
    const [port] = served;
    port?.onMessage(() => {});
    expect(port?.ready?.()).toBeUndefined();
    const large = 'x'.repeat(2 * 1024 * 1024);
    port?.post(large);
    const waits = port?.ready?.();
    expect(waits).toBeInstanceOf(Promise);
    // The text's length, as the preload script answers.
    end.postMessage(large.length + 2);
    await waits;
    expect(port?.ready?.()).toBeUndefined();
    port?.post(large);
    const again = port?.ready?.();
    expect(again).toBeInstanceOf(Promise);
    end.close();
    await again;
    expect(port?.ready?.()).toBeUndefined();
  });

  test('is over for both when the page goes, and once only', async () => {
    const { ipc, contents, served } = wired();
    const end = ipc.knock(page(contents));
    let closed = 0;
    const over = new Promise<void>(resolve => {
      served[0]?.onClose(() => {
        closed++;
        resolve();
      });
    });
    end.close();
    await over;
    served[0]?.close();
    expect(closed).toBe(1);
    await new Promise<void>(resolve => served[0]?.onClose(resolve));
  });
});
