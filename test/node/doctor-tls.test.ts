import { expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import { flat, judge } from '../../src/checks/judge.ts';
import { examine } from '../../src/doctor/examine.ts';
import { createInstruments } from '../../src/node/instruments.ts';
import { openTrace } from '../../src/trace/record.ts';
import { dialler, pem, serveHttps } from '../support/network.ts';

/** What the doctor finds of a real server that presents these certificates, on a machine that trusts the tests' root. */
async function findings(chain: string[]) {
  const server = await serveHttps((_, response) => response.writeHead(404).end(), chain);
  const network = { extraCa: pem('root') };
  const world = {
    dial: dialler().dial,
    now: () => Date.now(),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  };
  const { trace, root } = openTrace(world);
  const target = new URL(`https://localhost:${server.port}/mcp`);
  const instruments = createInstruments(network);
  const examination = await examine(target, 'server', root, trace, world, { network, instruments });
  return { examination, found: flat(judge(examination, CHECKS)) };
}

test.each([
  [
    'alone',
    ['server'],
    /sends its certificate alone/,
    /What is missing is the certificate of "Keybridge Test Intermediate"/,
  ],
  ['signed by itself', ['self-signed'], /presents a self-signed certificate/, /It presents: /],
  ['that has expired', ['expired', 'intermediate'], /expired on Feb/, /"Keybridge Test Intermediate"/],
  [
    'for another name',
    ['other-name', 'intermediate'],
    /made out to other names/,
    /Made out to "DNS:other\.example"/,
  ],
])('a certificate %s is the one finding, with what was presented', async (_, chain, title, detail) => {
  const { found } = await findings(chain);
  expect(found.map(({ code, severity }) => [code, severity])).toEqual([['NET-02', 'broken']]);
  expect(found[0]?.title).toMatch(title);
  expect(found[0]?.detail).toMatch(detail);
  expect(found[0]?.evidence).toHaveLength(1);
});

test('the stand-in of an ingress controller leads to the secret its namespace lacks (row 1.16)', async () => {
  const { found } = await findings(['ingress-default']);
  expect(found[0]?.detail).toContain('The ingress controller shows its own stand-in');
  expect(found[0]?.remedy).toMatch(
    /^Give the Ingress its certificate\..*secret that spec\.tls names.*namespace/,
  );
});

test('a right chain of an authority that only this machine trusts is a note on this machine', async () => {
  const { found, examination } = await findings(['server', 'intermediate']);
  expect(found.find(({ code }) => code === 'NET-02')?.severity).toBe('note');
  expect(examination.tls[0]?.system).toBeUndefined();
});
