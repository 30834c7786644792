import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/base/fault.ts';
import type { Examination } from '../../../src/checks/examination.ts';
import { flat } from '../../../src/checks/judge.ts';
import { compareWith, toBaseline } from '../../../src/doctor/baseline.ts';
import type { Diagnosis } from '../../../src/doctor/diagnosis.ts';
import type { Instruments } from '../../../src/doctor/examine.ts';
import { fromTrace } from '../../../src/doctor/from-trace.ts';
import { toJson } from '../../../src/doctor/output/json.ts';
import { overridden } from '../../../src/doctor/overrides.ts';
import { examinedActively } from '../../support/active.ts';
import { diagnosed, nasty } from '../../support/diagnosis.ts';
import { html, prm, RESOURCE, status } from '../../support/discovery.ts';
import { examined, RIGHT, SERVER } from '../../support/examination.ts';
import { type Schema, violations } from '../../support/json-schema.ts';
import { CLAIMS, loggedIn } from '../../support/login.ts';
import { traceText } from '../../support/recorded.ts';

const REPORT: Schema = JSON.parse(
  readFileSync(new URL('../../../docs/doctor.schema.json', import.meta.url), 'utf8'),
);

const failure = new Fault('net.dns', 'It has no address.', { remedy: 'Look.', data: { host: 'a' } }).toJSON();
const chain = [{ subject: 'CN=mcp.example', issuer: 'CN=CA', validTo: '2030-01-01' }];
const via = { variable: 'HTTPS_PROXY', origin: 'http://proxy.example:3128' };

/** Instruments that see as much as there can be. */
const instruments: Instruments = {
  lookUp: async host => ({ host, v4: ['192.0.2.1'], v6: [], failure }),
  lookAtTls: async (host, port) => ({
    ...{ host, port, chain, failure, protocol: 'TLSv1.3', names: 'mcp.example' },
    ...{ issuerAt: 'http://ca.example/ca.crt', bundled: 'CERT_HAS_EXPIRED', system: 'CERT_HAS_EXPIRED' },
  }),
  lookAtProxy: () => ({ configured: [via], failure }),
};

const machine: Examination['machine'] = {
  bridges: [{ pid: 12, clientId: 'c' }],
  locks: [{ file: 'lock.json', pid: 12, port: 3334, isAlive: true }],
  registered: { file: 'client.json', clientId: 'c' },
  listening: { port: 3334, holder: 'node', v4: true, v6: false },
  away: 'ssh',
};

const wrong = { [`${RESOURCE}/mcp`]: html, '/mcp': () => new Response('', { status: 401 }) };
const PREFIXED = 'https://mcp.example/tools/mcp';
/** Under a path that a proxy takes away before the server sees it. */
const strayed = {
  '/tools/mcp': RIGHT['/mcp'],
  [`${RESOURCE}/mcp`]: status(404),
  [`/tools${RESOURCE}/tools/mcp`]: prm(PREFIXED, 'https://as.example'),
};
const refused = { callback: (answer: URLSearchParams) => answer.set('error', 'access_denied') };

/** A diagnosis of every kind that there is. */
const KINDS: Record<string, () => Promise<Diagnosis>> = {
  'a right server': async () => diagnosed(await examined()),
  'a wrong server': async () => diagnosed(await examined(wrong)),
  'a server that says harmful things': nasty,
  'a server out of reach': async () => diagnosed(await examined({}, {}, {}, 'https://gone.example/mcp')),
  'an issuer': async () => diagnosed(await examined({}, {}, {}, 'https://as.example', { kind: 'issuer' })),
  'an active look': async () => diagnosed((await examinedActively()).examination),
  'a sign-in': async () => diagnosed((await loggedIn({ claims: CLAIMS })).examination),
  'a sign-in that fails': async () => diagnosed((await loggedIn({ quirks: refused })).examination),
  'a sign-in that ended on another page': async () =>
    diagnosed((await loggedIn({ paste: () => 'https://as.example/error?error=server_error' })).examination),
  'a recorded trace': async () => diagnosed(fromTrace(traceText([{}, { purpose: 'refresh', status: 400 }]))),
  'a look with every instrument, at this machine too, with overrides': async () => {
    const said = overridden({ clientId: 'c', scope: 'a' }, { headers: [['X-Key', 'v']] });
    const examination = await examined({}, {}, {}, SERVER, { instruments });
    return diagnosed({ ...examination, machine, overridden: said });
  },
  'a server under a path that a proxy loses': async () =>
    diagnosed(await examined(strayed, {}, {}, PREFIXED)),
  'one beside its baseline': async () => {
    const before = toBaseline([diagnosed(await examined(wrong))], 0);
    return compareWith(diagnosed(await examined()), before);
  },
};

/** A report as it is written. */
const written = (diagnosis: Diagnosis) => JSON.parse(toJson([diagnosis], false));

describe('the report for programs has nothing that its published schema does not know', () => {
  test.each(Object.keys(KINDS))('about %s', async kind => {
    const diagnosis = await KINDS[kind]?.();
    expect(violations(written(diagnosis as Diagnosis), REPORT)).toEqual([]);
  });

  test('about several targets', async () => {
    const all = await Promise.all(Object.values(KINDS).map(make => make()));
    const several = JSON.parse(toJson(all, true));
    expect(violations(several, REPORT)).toEqual([]);
    expect(several).toHaveLength(all.length);
    expect(several[3]).toMatchObject({ unreachable: true });
  });

  test('and those reports have all that it knows of an examination', async () => {
    const all = await Promise.all(Object.values(KINDS).map(make => make()));
    const seen = new Set(all.map(written).flatMap(({ examination }) => Object.keys(examination)));
    const known = (REPORT.$defs as Record<string, { properties: object }>).examination?.properties;
    expect([...seen].sort()).toEqual(Object.keys(known ?? {}).sort());
  });
});

test('every object of the schema says whether it may have other members', () => {
  const open: string[] = [];
  const walk = (node: unknown, place: string) => {
    if (typeof node !== 'object' || node === null) return;
    const { type, additionalProperties } = node as Schema;
    if (type === 'object' && additionalProperties === undefined) open.push(place);
    for (const [name, each] of Object.entries(node)) walk(each, `${place}/${name}`);
  };
  walk(REPORT, '');
  expect(open).toEqual([]);
});

test('a member that the schema does not know is a violation, wherever it is', async () => {
  const report = written(diagnosed(await examined(wrong)));
  const [id] = Object.keys(report.examination.exchanges);
  const places = [report, report.examination, report.findings[0], report.clients[0].steps[0]];
  for (const place of [...places, report.examination.discovery, report.examination.exchanges[id ?? '']]) {
    place.unheardOf = 1;
    expect(violations(report, REPORT)).not.toEqual([]);
    delete place.unheardOf;
  }
  expect(violations(report, REPORT)).toEqual([]);
});

test('a finding that keybridge fix mends says so, and no other', async () => {
  const fixable = async (kind: string) => {
    const diagnosis = (await KINDS[kind]?.()) as Diagnosis;
    return flat(written(diagnosis).findings).flatMap(({ fixable: is, code }) => (is ? [code] : []));
  };
  expect(await fixable('a server under a path that a proxy loses')).toContain('PRM-04');
  expect(await fixable('a wrong server')).toEqual([]);
});

test('what a document says beyond its exchanges is not told a second time', async () => {
  const json = toJson([diagnosed(await examined())], false);
  expect(JSON.parse(json).examination.discovery.chosen.issuer).toBe('https://as.example');
  expect(json).not.toContain('"raw"');
});
