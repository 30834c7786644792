import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import type { DiscoveryReport } from '../../src/oauth/report.ts';
import { chooseScope, splitScope } from '../../src/oauth/scope.ts';
import { serverMetadata } from '../support/authorization-server.ts';

interface Words {
  /** Of the challenge, the resource metadata and the authorization server's metadata. */
  challenge?: string[];
  resource?: string[];
  server?: string[];
  options?: ClientOptions;
  held?: string[];
}

function choose({ challenge, resource, server, options = {}, held }: Words): string[] {
  const url = 'https://mcp.example/mcp';
  const found = { url, resource: url, authorizationServers: [], raw: {} };
  const report: DiscoveryReport = {
    server: url,
    challenges: [],
    ...(challenge ? { challengedScope: challenge } : {}),
    resourceMetadata: { attempts: [], found: resource ? { ...found, scopesSupported: resource } : found },
    issuers: [],
    path: 'resource-metadata',
    reach: 'public',
  };
  return chooseScope(report, serverMetadata(server ? { scopesSupported: server } : {}), options, held);
}

describe('the scope asked for', () => {
  test("is the challenge's before that of the resource metadata", () => {
    expect(choose({ challenge: ['read'], resource: ['read', 'write'] })).toEqual(['read']);
  });

  test('is all of the resource metadata without a challenge', () => {
    expect(choose({ resource: ['read', 'write', 'read'] })).toEqual(['read', 'write']);
  });

  test('stays short enough for a link, however many a server names', () => {
    const million = Array.from({ length: 1_000_000 }, (_, index) => `scope-${index}`);
    const chosen = choose({ resource: million });
    expect(chosen.join(' ').length).toBeLessThan(16 * 1024);
    expect(chosen).toEqual(million.slice(0, chosen.length));
    expect(chosen.length).toBeGreaterThan(1_000);
    expect(choose({ resource: ['read', 'x'.repeat(20_000)] })).toEqual(['read']);
  });

  test('is nothing where neither says any, whatever the authorization server has', () => {
    expect(choose({})).toEqual([]);
    expect(choose({ server: ['openid', 'email', 'profile'] })).toEqual([]);
    expect(choose({ resource: [], server: ['openid'] })).toEqual([]);
  });

  test('is what the user says, whatever the server would like', () => {
    const options = { scope: ['mine'] };
    expect(choose({ resource: ['read'], options })).toEqual(['mine']);
    expect(choose({ challenge: ['refused'], resource: ['read'], options })).toEqual(['mine']);
  });

  test('is what the user says and what a step-up demands', () => {
    const options = { scope: ['mine'] };
    expect(choose({ challenge: ['admin'], held: ['mine'], options })).toEqual(['mine', 'admin']);
  });

  test('is what the user puts into the client metadata', () => {
    const clientMetadata = { scope: ' mine  yours ' };
    expect(choose({ resource: ['read'], options: { clientMetadata } })).toEqual(['mine', 'yours']);
    expect(choose({ resource: ['read'], options: { clientMetadata: { scope: 7 } } })).toEqual(['read']);
  });

  test('keeps what was held before, each once', () => {
    expect(choose({ challenge: ['admin', 'read'], held: ['read', 'write'] })).toEqual([
      'read',
      'write',
      'admin',
    ]);
  });
});

describe('offline_access', () => {
  test('is added where the authorization server lists it', () => {
    expect(choose({ challenge: ['read'], server: ['offline_access'] })).toEqual(['read', 'offline_access']);
    expect(choose({ resource: ['read'], server: ['offline_access'] })).toEqual(['read', 'offline_access']);
  });

  test('is not added where it does not', () => {
    expect(choose({ challenge: ['read'] })).toEqual(['read']);
    expect(choose({ challenge: ['read'], server: ['read'] })).toEqual(['read']);
  });

  test('is never all that is asked for: that would give less than asking for nothing', () => {
    expect(choose({ server: ['offline_access', 'read'] })).toEqual([]);
  });

  test('is left out of what the resource lists where the authorization server lists others', () => {
    expect(choose({ resource: ['read', 'offline_access'], server: ['read'] })).toEqual(['read']);
    expect(choose({ resource: ['read', 'offline_access'] })).toEqual(['read', 'offline_access']);
  });

  test('is asked for when the server demands it or the user does', () => {
    expect(choose({ challenge: ['offline_access'], server: ['read'] })).toEqual(['offline_access']);
    expect(choose({ options: { scope: ['offline_access'] }, server: ['read'] })).toEqual(['offline_access']);
  });

  test('is not added to what the user says', () => {
    expect(choose({ options: { scope: ['mine'] }, server: ['offline_access'] })).toEqual(['mine']);
  });
});

test('a scope is split at white space of any kind', () => {
  expect(splitScope(' a  b\tc\n')).toEqual(['a', 'b', 'c']);
  expect(splitScope('')).toEqual([]);
});
