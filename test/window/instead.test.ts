import { expect, test } from 'vitest';
import type { ExamineRequest } from '../../src/api/window.ts';
import { checkInstead } from '../../src/window/instead.ts';

const url = 'https://mcp.example/mcp';
const thrown = (request: Partial<ExamineRequest>): unknown => {
  try {
    checkInstead({ url, ...request });
  } catch (error) {
    return error;
  }
  return undefined;
};

test('what a command line takes is taken', () => {
  const overrides = {
    endpoints: {
      authorization_endpoint: 'https://as.example/a',
      token_endpoint: 'http://127.0.0.1:1/t',
      registration_endpoint: 'https://as.example/r',
    },
    clientId: 'client 1',
    scope: 'a b:c',
    resource: 'urn:example:mcp',
  };
  const places = { resourceMetadata: 'https://mcp.example/m', issuers: ['https://as.example/'] };
  expect(thrown({ ...places, overrides, active: true })).toBeUndefined();
  expect(thrown({})).toBeUndefined();
});

test.each<[string, Partial<ExamineRequest>]>([
  ['resource_metadata', { resourceMetadata: 'mcp.example' }],
  ['issuer', { issuers: ['https://as.example', 'ftp://as.example'] }],
  [
    'authorization_endpoint',
    { overrides: { endpoints: { authorization_endpoint: 'https://a.example/#b' } } },
  ],
  ['token_endpoint', { overrides: { endpoints: { token_endpoint: 'https://me:hunter2@a.example' } } }],
  ['registration_endpoint', { active: true, overrides: { endpoints: { registration_endpoint: '' } } }],
  ['client_id', { active: true, overrides: { clientId: 'a\nb' } }],
  ['scope', { active: true, overrides: { scope: 'a  b' } }],
  ['scope', { active: true, overrides: { scope: 'a "b"' } }],
  ['resource', { active: true, overrides: { resource: 'mcp' } }],
  ['resource', { active: true, overrides: { resource: 'https://mcp.example/#a' } }],
  // Without a client they would be said in the report and do nothing.
  ['client_id', { overrides: { clientId: 'c' } }],
  ['scope', { active: false, overrides: { scope: 'a' } }],
])('a %s that cannot stand there is refused by its name, and not repeated', (field, request) => {
  const fault = thrown(request);
  expect(fault).toMatchObject({ code: 'usage.flag', data: { field } });
  expect(JSON.stringify(fault)).not.toContain('hunter2');
});
