import { expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { readFurther } from '../../src/node/doctor-further.ts';
import { DOCTOR_HELP } from '../../src/node/doctor-help.ts';
import { readOverrides } from '../../src/node/doctor-overrides.ts';

const SERVER = 'https://mcp.example/mcp';
const surroundings = { env: {}, platform: 'linux', readFile: () => '' };

test('each is read from its flag, and the rest of the command line is left', () => {
  const { overrides, rest } = readOverrides([
    SERVER,
    '--active',
    ...['--authorization-endpoint', 'https://as.example/a', '--token-endpoint=https://as.example/t'],
    ...['--registration-endpoint', 'https://as.example/r', '--client-id', 'c', '--scope', 'a b'],
    ...['--resource', 'https://mcp.example/', '--json'],
  ]);
  expect(overrides).toEqual({
    endpoints: {
      authorization_endpoint: 'https://as.example/a',
      token_endpoint: 'https://as.example/t',
      registration_endpoint: 'https://as.example/r',
    },
    clientId: 'c',
    scope: 'a b',
    resource: 'https://mcp.example/',
  });
  expect(rest).toEqual([SERVER, '--active', '--json']);
});

test('a sign-in takes client, scopes and resource', () => {
  const { overrides, rest } = readOverrides([
    ...[SERVER, '--login', '--client-id', 'c', '--scope', 'a b', '--resource', 'https://mcp.example/'],
  ]);
  const { client } = readFurther(rest, surroundings, overrides).further;
  expect(client).toMatchObject({
    staticClient: { clientId: 'c' },
    scope: ['a', 'b'],
    resource: 'https://mcp.example/',
  });
});

test.each([
  ['--token-endpoint', 'ftp://as.example/t', '--token-endpoint'],
  ['--token-endpoint', 'https://me:pw@as.example/t', '--token-endpoint'],
  ['--authorization-endpoint', 'https://as.example/a#b', '--authorization-endpoint'],
  ['--active', '--client-id=\n', '--client-id'],
  ['--active', '--scope=a  b', '--scope'],
  ['--active', '--resource=mcp', '--resource'],
  ['--client-id', 'c', 'beside --login or --active'],
  ['--scope', 'a', 'beside --login or --active'],
  ['--from-trace=a', '--token-endpoint=https://as.example/t', '--from-trace'],
  ['--active', '--scope', 'wants a value'],
])('%s %s is refused', (one, other, message) => {
  expect(() => readOverrides([SERVER, one, other])).toThrow(Fault);
  expect(() => readOverrides([SERVER, one, other])).toThrow(message);
});

test('two clients are one too many', () => {
  const argv = [SERVER, '--login', '--static-oauth-client-info', '{"client_id":"d"}'];
  expect(() => readFurther(argv, surroundings, { clientId: 'c' })).toThrow('two clients');
});

test('every flag is in the help', () => {
  for (const flag of [
    'authorization-endpoint',
    'token-endpoint',
    'registration-endpoint',
    'client-id',
    'scope',
  ])
    expect(DOCTOR_HELP).toContain(`--${flag} `);
});
