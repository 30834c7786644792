import { describe, expect, it } from 'vitest';
import { resourceMetadataPlaces, serverMetadataPlaces } from '../../src/oauth/well-known.ts';

const RESOURCE = '/.well-known/oauth-protected-resource';
const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';

describe('resource metadata', () => {
  it.each([
    ['a host', 'https://h.example', [`https://h.example${RESOURCE}`]],
    ['a path', 'https://h.example/mcp', [`https://h.example${RESOURCE}/mcp`, `https://h.example${RESOURCE}`]],
    [
      'a long path',
      'https://h.example/a/b/mcp',
      [`https://h.example${RESOURCE}/a/b/mcp`, `https://h.example${RESOURCE}`],
    ],
    [
      'a slash at the end',
      'https://h.example/mcp/',
      [
        `https://h.example${RESOURCE}/mcp/`,
        `https://h.example${RESOURCE}/mcp`,
        `https://h.example${RESOURCE}`,
      ],
    ],
    [
      'a query',
      'https://h.example/mcp?tenant=a%2Fb',
      [
        `https://h.example${RESOURCE}/mcp?tenant=a%2Fb`,
        `https://h.example${RESOURCE}/mcp`,
        `https://h.example${RESOURCE}`,
      ],
    ],
    [
      'a query without a path',
      'https://h.example/?t=1',
      [`https://h.example${RESOURCE}?t=1`, `https://h.example${RESOURCE}`],
    ],
    [
      'a port and an IPv6 host',
      'http://[::1]:8080/mcp',
      [`http://[::1]:8080${RESOURCE}/mcp`, `http://[::1]:8080${RESOURCE}`],
    ],
    ['a default port', 'https://h.example:443/', [`https://h.example${RESOURCE}`]],
    [
      'percent-encoding',
      'https://h.example/a%2Fb/%C3%A9',
      [`https://h.example${RESOURCE}/a%2Fb/%C3%A9`, `https://h.example${RESOURCE}`],
    ],
    [
      'a fragment and credentials',
      'https://u:p@h.example/mcp#f',
      [`https://h.example${RESOURCE}/mcp`, `https://h.example${RESOURCE}`],
    ],
  ])('of a server with %s', (_what, server, urls) => {
    expect(resourceMetadataPlaces(new URL(server)).map(({ url }) => url)).toEqual(urls);
  });

  it('is where the challenge says, then at the path form, and never at the root', () => {
    const places = resourceMetadataPlaces(
      new URL('https://h.example/mcp'),
      new URL('https://h.example/meta#x'),
    );
    expect(places).toEqual([
      {
        url: 'https://h.example/meta',
        because: "The server's challenge names this address (resource_metadata).",
      },
      {
        url: `https://h.example${RESOURCE}/mcp`,
        because: expect.stringContaining('The address in the challenge was of no use.'),
      },
    ]);
  });

  it('is asked for once where the challenge names the path form', () => {
    const named = new URL(`https://h.example${RESOURCE}/mcp`);
    expect(resourceMetadataPlaces(new URL('https://h.example/mcp'), named)).toHaveLength(1);
  });

  it('is not looked for at the root either when the challenge names what may not be asked', () => {
    const places = resourceMetadataPlaces(new URL('https://h.example/mcp'), 'unusable');
    expect(places.map(({ url }) => url)).toEqual([`https://h.example${RESOURCE}/mcp`]);
  });
});

describe('server metadata', () => {
  it.each([
    ['no path', 'https://as.example', [`https://as.example${OAUTH}`, `https://as.example${OPENID}`]],
    ['a slash only', 'https://as.example/', [`https://as.example${OAUTH}`, `https://as.example${OPENID}`]],
    [
      'a path',
      'https://as.example/tenant',
      [
        `https://as.example${OAUTH}/tenant`,
        `https://as.example${OPENID}/tenant`,
        `https://as.example/tenant${OPENID}`,
      ],
    ],
    [
      'a path and a slash at the end',
      'https://as.example:8443/a/v2.0/',
      [
        `https://as.example:8443${OAUTH}/a/v2.0`,
        `https://as.example:8443${OPENID}/a/v2.0`,
        `https://as.example:8443/a/v2.0${OPENID}`,
      ],
    ],
    [
      'an IPv6 host and percent-encoding',
      'http://[::1]:9/a%2Fb',
      [`http://[::1]:9${OAUTH}/a%2Fb`, `http://[::1]:9${OPENID}/a%2Fb`, `http://[::1]:9/a%2Fb${OPENID}`],
    ],
  ])('of an issuer with %s', (_what, issuer, urls) => {
    expect(serverMetadataPlaces(new URL(issuer)).map(({ url }) => url)).toEqual(urls);
  });

  it('says of every place why it is asked', () => {
    const places = [
      ...serverMetadataPlaces(new URL('https://as.example/t')),
      ...serverMetadataPlaces(new URL('https://as.example')),
      ...resourceMetadataPlaces(new URL('https://as.example/t/')),
    ];
    expect(places.every(({ because }) => /^[A-Z].+\.$/.test(because))).toBe(true);
  });
});
