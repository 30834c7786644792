import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { connectBroker } from '../../src/node/connect.ts';
import { type BrokerHostProcess, brokerHost } from '../support/broker-host.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';

/* When a broker that nobody is connected to ends by itself. */

const IDLE = 300;

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

/** A broker that ends when it is idle; a terminal is connected to it until `leave` is called. */
async function broker(): Promise<BrokerHostProcess & { leave(): void }> {
  const process = brokerHost(installation, { idle: IDLE });
  await process.says('serves');
  const terminal = await connectBroker(installation.home, { kind: 'api' });
  return { ...process, leave: () => void terminal?.socket.destroy() };
}

/** Several times as long as it takes to end. */
async function stays({ said }: BrokerHostProcess): Promise<void> {
  await expect(until('it has ended', () => said().includes('ended'), 5 * IDLE)).rejects.toThrow('in vain');
}

describe('a broker without anybody connected', () => {
  it('stays while a host is there, ends once it has gone, and is there again for the next', async () => {
    installation = install({ KEYBRIDGE_VAULT: 'file' });
    const idle = await broker();
    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    idle.leave();
    await stays(idle);
    await host.leave();
    await idle.says('ended');
    const next = rawHost(installation, [lab.serverUrl]);
    await next.initialize();
    expect((await next.call('echo', { text: 'x' })).result).toBeDefined();
    expect(installation.tabs()).toHaveLength(1);
  });

  it('stays for as long as sign-ins are in memory only', async () => {
    installation = install();
    const idle = await broker();
    expect((await installation.run(['login', lab.serverUrl])).code).toBe(0);
    idle.leave();
    await stays(idle);
    await installation.run(['logout', lab.serverUrl]);
    await idle.says('ended');
  });

  it('stays while a sign-in waits for its user, and ends after it', async () => {
    installation = install({ KEYBRIDGE_VAULT: 'file' });
    const hold = join(installation.env.HOME ?? '', 'hold');
    installation.env.KEYBRIDGE_LAB_HOLD = hold;
    const idle = await broker();
    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    await until('the tab is open', () => installation.tabs().length === 1);
    await host.leave();
    idle.leave();
    await stays(idle);
    writeFileSync(hold, '');
    await until('the code is exchanged', () => lab.authorization.counters.codeExchanges === 1);
    await idle.says('ended');
  });
});
