import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Caller, callers, expectOneAnswerEach } from '../support/callers.ts';
import { textIn } from '../support/equipped.ts';
import { CAN_LIMIT, CAN_MOUNT, type Disk, limitFiles, mountDisk } from '../support/full-disk.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { faultIn } from '../support/raw-host.ts';

/** Seconds an access token lives. */
const LIFE = 2;

const disks: [string, boolean, (installation: Installation) => Disk][] = [
  ['where the disk is full', CAN_MOUNT, ({ home }) => mountDisk(home)],
  ['where no file may grow', CAN_LIMIT, () => limitFiles()],
];

if (!CAN_MOUNT && !CAN_LIMIT) it.skip('a full disk (needs prlimit, or the right to mount)', () => {});

// One of the two is enough, where the system does not let us do the other.
describe.each(disks.filter(([, can]) => can))('%s', (_where, _can, of) => {
  let lab: Lab;
  let installation: Installation;
  let disk: Disk;

  beforeEach(async () => {
    lab = await startLab({ tokenLife: LIFE });
    installation = install({ KEYBRIDGE_VAULT: 'file' });
    disk = of(installation);
  });

  afterEach(async () => {
    disk.free();
    await installation.run(['stop']);
    disk.remove();
    await installation.close();
    await lab.close();
  });

  const broker = async () => (await installation.status()).pid;

  function expectOneSignIn() {
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({
      codeExchanges: 1,
      reuseDetections: 0,
      revokedFamilies: 0,
    });
  }

  it('tokens are renewed all the same, and kept once there is room', async () => {
    const [host] = (await callers(installation, lab.serverUrl, 1)) as [Caller];
    const kept = () => readFileSync(join(installation.home, 'grants.sealed'));
    const keptBefore = kept();
    disk.fill([await broker()]);
    const before = lab.authorization.counters.refreshes;
    const ids: string[] = [];
    await until(
      'tokens were renewed twice',
      async () => {
        ids.push(`call ${ids.length}`);
        expect(textIn(await host.echo(`${ids.at(-1)}`))).toBe(ids.at(-1));
        return lab.authorization.counters.refreshes >= before + 2;
      },
      40_000,
    );
    expect(kept()).toEqual(keptBefore);
    disk.free();
    // What could not be written when it came is written when the broker ends.
    await installation.run(['stop']);
    expect(await expectOneAnswerEach([host], ids, [])).toEqual({});
    expectOneSignIn();
  });

  it('a broker that is killed cannot be replaced, which is said; once there is room the hosts go on', async () => {
    const hosts = await callers(installation, lab.serverUrl, 2);
    const pid = await broker();
    disk.fill([pid, ...hosts.map(({ host }) => host.child.pid ?? 0)]);
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(hosts.map(({ echo }, index) => echo(`full ${index}`)));
    for (const answer of answers)
      expect(faultIn(answer)).toMatchObject({
        code: expect.stringMatching(/^(store\.unwritable|broker\.lost)$/),
      });
    const again = await Promise.all(hosts.map(({ echo }, index) => echo(`again ${index}`)));
    for (const answer of again)
      expect(faultIn(answer)).toMatchObject({
        code: 'store.unwritable',
        remedy: expect.stringContaining('disk'),
      });
    disk.free();
    const ids = [0, 1].flatMap(index => [`full ${index}`, `again ${index}`]);
    await expectOneAnswerEach(hosts, ids, ['store.unwritable', 'broker.lost']);
    expectOneSignIn();
  });
});
