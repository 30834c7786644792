import { describe, expect, test, vi } from 'vitest';
import type { Files } from '../../src/base/world.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { memoryFiles } from '../support/fake-world.ts';
import { fakeHost, household, keychain, settings, signedIn, until } from '../support/household.ts';
import { atTheTokenEndpoint } from '../support/token-endpoint.ts';

const HOUR = 3_600_000;

/** A disk whose sealed file is written no more from some moment on: as if the process had been killed by then. */
function disk() {
  const files = memoryFiles();
  const synced: string[] = [];
  let isDead = false;
  const own: Files = {
    read: name => files.read(name),
    replace: (name, bytes) => (isDead ? new Promise(() => {}) : files.replace(name, bytes)),
    append: (name, bytes, how) => {
      if (how?.sync) synced.push(name);
      files.append?.(name, bytes, how);
    },
  };
  return {
    own,
    synced,
    /** The process is over: nothing it writes from now on is there. */
    die: () => {
      isDead = true;
    },
    /** What the next process finds. */
    after: files,
  };
}

/** A host whose token has ended, and the answer to its renewal, which goes on for ever behind its last brace. */
async function rotating() {
  const { own, synced, die, after } = disk();
  const house = household({ world: { vault: keychain().vault, files: own } });
  await (await signedIn(house)).leave();
  await house.broker.close();
  await house.world.clock.advance(2 * HOUR);
  const { handle } = house.as;
  let answered = false;
  const restore = atTheTokenEndpoint(house, async (request, dialled) => {
    const whole = await handle(request, dialled);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const body = new ReadableStream({
      pull(controller) {
        if (answered) return new Promise(() => {});
        answered = true;
        controller.enqueue(bytes);
        return undefined;
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  });
  return { house, synced, die, after, restore };
}

describe('a rotated refresh token', () => {
  test('is on disk before the end of its answer is even known, and outlives the process', async () => {
    const { house, synced, die, after, restore } = await rotating();
    void fakeHost(house.start(), settings()).initialize();
    await until('it is on disk', () => synced.length > 0);
    die();
    restore();
    house.world.files = after;
    expect(await after.read('rotations.sealed')).toBeDefined();
    const host = fakeHost(house.start(), settings());
    expect((await host.initialize()).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
    // It is used as it came, and renewed with what came with it.
    await house.world.clock.advance(2 * HOUR);
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('is not looked for at each of a hundred thousand braces', async () => {
    const house = household({ world: { vault: keychain().vault } });
    await (await signedIn(house)).leave();
    await house.broker.close();
    await house.world.clock.advance(2 * HOUR);
    const brace = Uint8Array.of(0x7d);
    let left = 200_000;
    atTheTokenEndpoint(house, () => {
      const body = new ReadableStream({
        pull: controller => (left-- > 0 ? controller.enqueue(brace) : controller.close()),
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    });
    const host = fakeHost(house.start(), settings());
    void host.initialize();
    await vi.waitFor(() => expect(left).toBeLessThan(0), 60_000);
    await house.world.clock.advance(20_000);
    await until('the host hears of it', () => host.log.length > 0);
  }, 80_000);

  test('that was lost with the process costs one sign-in, and whoever asks is told why', async () => {
    const { own, after } = disk();
    const house = household({ world: { vault: keychain().vault, files: own } });
    await (await signedIn(house)).leave();
    await house.broker.close();
    await house.world.clock.advance(2 * HOUR);
    const { handle } = house.as;
    let taken = false;
    const restore = atTheTokenEndpoint(house, async (request, dialled) => {
      await handle(request, dialled);
      taken = true;
      return new Promise<Response>(() => {});
    });
    void fakeHost(house.start(), settings()).initialize();
    await until('the server has rotated it', () => taken);
    restore();
    house.world.files = after;
    const host = fakeHost(house.start(), settings());
    await host.initialize();
    await house.opens(2);
    expect(host.log.join('\n')).toContain(
      'Keybridge ended while this sign-in was being renewed, and the answer was lost with it.',
    );
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
  });

  test('of an earlier sign-in does not come back after a sign-out, not even sealed', async () => {
    const { house, synced, after, restore, die } = await rotating();
    void fakeHost(house.start(), settings()).initialize();
    await until('it is on disk', () => synced.length > 0);
    die();
    restore();
    house.world.files = after;
    const broker = house.start();
    await broker.logout(settings());
    expect(await new TokenStore(house.world).grants()).toEqual([]);
    expect(await after.read('rotations.sealed')).toHaveLength(0);
  });

  test.each([
    ['cut off', (line: Uint8Array) => line.slice(0, line.length / 2)],
    ['of another key', () => new TextEncoder().encode(`\n${btoa('KBSEALED\u0001'.padEnd(90, 'x'))}\n`)],
    ['of no kind', () => new TextEncoder().encode('\n%%%\n{}\n')],
  ])('in a record that is %s costs the record, not the sign-ins', async (_what, damage) => {
    const { house, synced, die, after, restore } = await rotating();
    void fakeHost(house.start(), settings()).initialize();
    await until('it is on disk', () => synced.length > 0);
    die();
    restore();
    const kept = (await after.read('rotations.sealed')) ?? new Uint8Array();
    await after.replace('rotations.sealed', damage(kept));
    expect(await new TokenStore({ ...house.world, files: after }).grants()).toHaveLength(1);
  });
});
