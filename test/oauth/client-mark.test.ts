import { expect, test } from 'vitest';
import { grantMark, signInMark } from '../../src/oauth/client-mark.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';

const staticClient = { clientId: 'by-hand', clientSecret: 'secret of the client' };

test.each<ClientOptions>([
  { resource: '' },
  { resource: 'https://api.example' },
  { scope: ['a'] },
  { authorizeParams: { audience: 'x' } },
  { staticClient },
  { clientMetadata: { scope: 'a b' } },
  { clientMetadataUrl: 'https://client.example/metadata.json' },
  { preset: 'none' },
  { grant: 'client-credentials' },
  { tokenEndpoint: 'https://as.example/token' },
  { useIdToken: true },
])('%j means another grant', options => {
  expect(grantMark(options)).not.toBe('');
  expect(signInMark(options)).not.toBe(signInMark({}));
});

test.each<ClientOptions>([
  {},
  { callback: { port: 3334 } },
  { authTimeout: 1_000, authSuccessUrl: 'https://app.example' },
  { assumePkce: true, allowPrivate: true, allowHttp: true },
])('%j changes neither the grant nor who waits for it', options => {
  expect(grantMark(options)).toBe('');
  expect(signInMark(options)).toBe('');
});

test('the order of parameters is of no matter, their values are', () => {
  const mark = (authorizeParams: Record<string, string>) => grantMark({ authorizeParams });
  expect(mark({ a: '1', b: '2' })).toBe(mark({ b: '2', a: '1' }));
  expect(mark({ a: '1', b: '2' })).not.toBe(mark({ a: '2', b: '1' }));
});

test('a client’s secret is never part of what is kept, but two secrets do not share a sign-in', () => {
  const other = { ...staticClient, clientSecret: 'another secret' };
  expect(grantMark({ staticClient })).not.toContain('secret');
  expect(grantMark({ staticClient })).toBe(grantMark({ staticClient: other }));
  expect(signInMark({ staticClient })).not.toBe(signInMark({ staticClient: other }));
});

test('a client that is registered for its callback does not go on with another', () => {
  const [one, two] = [3334, 3335].map(port => ({ staticClient, callback: { port } }));
  expect(grantMark(one ?? {})).toBe(grantMark(two ?? {}));
  expect(signInMark(one ?? {})).not.toBe(signInMark(two ?? {}));
});

test('a device code brings the same grant as a browser does, by a sign-in of its own', () => {
  expect(grantMark({ grant: 'device-code' })).toBe('');
  expect(signInMark({ grant: 'device-code' })).not.toBe(signInMark({}));
});
