import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { describe, it } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { lineReader, meetBroker } from '../../src/node/connect.ts';
import { secureFolder, sharedSecret, socketPath } from '../../src/node/home.ts';
import { OWN } from '../../src/node/identity.ts';
import { type ClientLine, controlLine, nonce, proof, readControl } from '../../src/node/wire.ts';
import { textIn } from '../support/equipped.ts';
import { install, until } from '../support/keybridge.ts';
import { SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, type Heard, type RawHost, rawHost } from '../support/raw-host.ts';

/** Milliseconds in which each request has its answer whatever the broker does, with some for a busy machine. */
const HEARS_WITHIN = 40_000 + 5_000;

async function furnish({ onTestFinished }: TestContext) {
  const lab = await startLab({ auth: false });
  const installation = install({ KEYBRIDGE_VAULT: 'file' });
  const stopped = new Set<number>();
  onTestFinished(async () => {
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
    await installation.close();
    await lab.close();
  });
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  await host.call('echo', { text: 'before' });
  const { pid } = await installation.status();
  return {
    lab,
    installation,
    host,
    pid,
    stop() {
      process.kill(pid, 'SIGSTOP');
      stopped.add(pid);
    },
    goOn() {
      stopped.delete(pid);
      process.kill(pid, 'SIGCONT');
    },
  };
}

/** A request under an id of its own; what is heard of it is counted. */
function ask(host: RawHost, id: string, name: string, args: object) {
  host.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
  return {
    heard: () => host.heard().filter(each => each.id === id),
    answer: (limit = HEARS_WITHIN): Promise<Heard> =>
      host.hears(`${id} is answered`, each => each.id === id, limit),
  };
}

/** A broker of before there were signs of life: it shakes hands, answers late, and notes what it is told. */
async function olderBroker(home: string, answerAfter: number) {
  const lines: string[] = [];
  const secret = sharedSecret(home);
  const server = createServer(async socket => {
    socket.on('error', () => {});
    const reader = lineReader(socket);
    const { nonce: theirs } = readControl<{ nonce: string } & ClientLine>(await reader.line());
    const mine = nonce();
    const known = proof(secret, 'broker', `${theirs}`, mine);
    socket.write(
      controlLine({ keybridge: OWN.wire, version: OWN.version, kind: 'headless', nonce: mine, proof: known }),
    );
    await reader.line();
    const rest = reader.rest();
    socket.write(controlLine({ ok: true }));
    const take = (chunk: Buffer) => {
      for (const line of `${chunk}`.split('\n').slice(0, -1)) {
        lines.push(line);
        const id = /"id":(\d+)/.exec(line)?.[1];
        setTimeout(() => socket.write(`{"jsonrpc":"2.0","id":${id},"result":{}}\n`), answerAfter);
      }
    };
    socket.on('data', take);
    take(rest);
    socket.resume();
  });
  server.listen(socketPath(home, false));
  await once(server, 'listening');
  return { lines, close: () => server.close() };
}

describe.concurrent('a broker that is stopped', () => {
  it('costs each open request an error in time, and the host goes on with it when it comes back', async context => {
    const { expect } = context;
    const { lab, host, pid, stop, goOn } = await furnish(context);
    const slow = ask(host, 'slow', 'slow', { ms: 20_000 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    stop();
    const unsent = ask(host, 'unsent', 'echo', { text: 'unsent' });
    for (const each of [slow, unsent]) {
      const fault = faultIn(await each.answer());
      expect(fault).toMatchObject({ code: 'broker.unreachable' });
      expect(fault?.message).toContain(`(${pid}) has not answered for 30 s`);
      expect(fault?.remedy).toContain('keybridge stop');
      expect(fault?.remedy).toContain(`end process ${pid}`);
    }
    // What is asked while it is stopped is refused, too.
    const later = ask(host, 'later', 'echo', { text: 'later' });
    expect(faultIn(await later.answer())).toMatchObject({ code: 'broker.unreachable' });
    goOn();
    await until(
      'the host is served again',
      async () => {
        const answer = await host.call('echo', { text: 'again' });
        return answer.result && textIn(answer) === 'again';
      },
      30_000,
    );
    // Late answers come to nobody, and the call is not carried out a second time.
    await wait(1_000);
    for (const each of [slow, unsent, later]) expect(each.heard()).toHaveLength(1);
    expect(lab.mcp.counters.toolCalls.slow).toBe(1);
    await until('only the new session is open', () => lab.mcp.counters.sessionsOpen === 1);
    await until('the call is given up at the server', () => lab.mcp.counters.answersOpen <= 1);
    expect(lab.mcp.counters.methods['notifications/cancelled']).toBeGreaterThanOrEqual(1);
    // The server is heard unasked as before.
    await until('the news is heard', async () => {
      await lab.mcp.addTool('grown');
      return host.heard().some(({ method }) => method === 'notifications/tools/list_changed');
    });
    expect(await host.leave()).toEqual({ code: 0, signal: null });
  }, 150_000);

  it('and does not read costs a host that goes on writing one answer each, and the bridge no memory', async context => {
    const { expect } = context;
    const { host, stop, goOn } = await furnish(context);
    const memory = () => {
      const status = readFileSync(`/proc/${host.child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
    };
    stop();
    const before = SHOWS_PROCESSES ? memory() : 0;
    const text = 'x'.repeat(100_000);
    const ids = Array.from({ length: 300 }, (_, index) => `large ${index}`);
    for (const id of ids) ask(host, id, 'echo', { text });
    const isAnswered = () => host.heard().filter(({ id }) => ids.includes(`${id}`)).length === ids.length;
    await until('each is answered', isAnswered, HEARS_WITHIN + 10_000);
    if (SHOWS_PROCESSES) expect(memory() - before).toBeLessThan(80);
    goOn();
    await until(
      'the host is served again',
      async () => (await host.call('echo', { text: 'again' })).result,
      30_000,
    );
    const answers = host.heard().filter(({ id }) => ids.includes(`${id}`));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(ids.length);
    expect(answers).toHaveLength(ids.length);
  }, 150_000);

  it('in the middle of a hand-over costs what is open and what waits for the next one an error in time', async context => {
    const { expect } = context;
    const { installation, lab, host, stop, goOn } = await furnish(context);
    const slow = ask(host, 'slow', 'slow', { ms: 20_000 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    const met = await meetBroker(installation.home);
    const newer = await met?.ask({ kind: 'handover', from: { ...OWN, version: '9.0.0' } });
    // It waits for the call from now on, and wants no more requests.
    newer?.socket.write(controlLine({ ready: true }));
    await until('it takes nobody new', async () => {
      const other = await meetBroker(installation.home);
      return other?.greet({ kind: 'api' }).then(
        ({ socket }) => void socket.destroy(),
        () => true,
      );
    });
    const held = ask(host, 'held', 'echo', { text: 'held' });
    stop();
    for (const each of [slow, held])
      expect(faultIn(await each.answer())).toMatchObject({ code: 'broker.unreachable' });
    newer?.socket.destroy();
    goOn();
    await until(
      'the host is served again',
      async () => (await host.call('echo', { text: 'again' })).result,
      30_000,
    );
    for (const each of [slow, held]) expect(each.heard()).toHaveLength(1);
  }, 150_000);

  it('is told from an older one, which knows no sign of life and is not asked for one', async context => {
    const { expect, onTestFinished } = context;
    const installation = install();
    secureFolder(installation.home);
    const older = await olderBroker(installation.home, 42_000);
    onTestFinished(async () => {
      older.close();
      await installation.close();
    });
    const host = rawHost(installation, ['https://mcp.example/mcp']);
    const answer = await host.ask('initialize', { protocolVersion: '2025-11-25' }, 60_000);
    expect(answer.result).toBeDefined();
    expect(older.lines).toEqual([expect.stringContaining('"initialize"')]);
    host.child.kill('SIGTERM');
    await host.ended;
  }, 100_000);

  it('before a host starts is what its first request is told', async context => {
    const { expect } = context;
    const { installation, lab, pid, stop } = await furnish(context);
    stop();
    const host = rawHost(installation, [lab.serverUrl]);
    const answer = await host.ask('initialize', { protocolVersion: '2025-11-25' }, HEARS_WITHIN);
    expect(faultIn(answer)?.remedy).toContain(`End process ${pid}`);
    expect(await host.ended).toEqual({ code: 1, signal: null });
  }, 100_000);

  it('and one that is well is told from it: a call of a minute has its answer', async context => {
    const { expect } = context;
    const { host } = await furnish(context);
    const long = ask(host, 'long', 'slow', { ms: 50_000, steps: 1 });
    expect((await long.answer(80_000)).error).toBeUndefined();
    expect(long.heard()).toHaveLength(1);
  }, 100_000);
});
