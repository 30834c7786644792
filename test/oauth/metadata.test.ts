import { describe, expect, it } from 'vitest';
import { type Document, readResourceMetadata, readServerMetadata } from '../../src/oauth/metadata.ts';

const server = new URL('https://mcp.example/mcp');
const issuer = 'https://as.example';

function document(body: unknown, contentType: string | undefined = 'application/json'): Document {
  const bytes =
    body instanceof Uint8Array
      ? Uint8Array.from(body)
      : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return { url: 'https://mcp.example/document', contentType, bytes };
}

const resource = (body: unknown, contentType?: string) =>
  readResourceMetadata(document(body, contentType), server);
const authorization = (body: unknown, allowHttp = false) =>
  readServerMetadata(document(body), { issuers: [issuer], allowHttp });

const goodResource = { resource: server.href, authorization_servers: [issuer] };
const goodServer = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
};

describe('a document', () => {
  it.each([
    ['text/html', '<!doctype html><title>Hello</title>', 'html'],
    ['an empty answer', '', 'not-json'],
    ['broken JSON', '{"resource":', 'not-json'],
    ['a list', '[]', 'not-json'],
    ['null', 'null', 'not-json'],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'not-json'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), 'not-json'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'not-json'],
    [
      'deep nesting in a field',
      `{"resource":"x","deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      'not-json',
    ],
    ['an error in JSON', { error: 'not_found' }, 'not-metadata'],
    ['the metadata of an authorization server', goodServer, 'not-metadata'],
  ])('that is %s is not resource metadata', (_what, body, problem) => {
    expect(resource(body)).toMatchObject({ ok: false, problem });
  });

  it('is read whatever its content type, which is noted', () => {
    const judged = resource(goodResource, 'text/plain; charset=utf-8');
    expect(judged).toMatchObject({ ok: true, value: { resource: server.href } });
    expect(judged.ok && judged.notes).toEqual([
      'It is sent with "text/plain; charset=utf-8" where application/json is due; some clients refuse that.',
    ]);
    expect(resource(goodResource, 'application/resource+json; charset=utf-8')).toMatchObject({ notes: [] });
  });

  it.each([")]}'\n", ")]}',\n", 'while(1);', 'for (;;);'])(
    'is read behind the prefix %j, which is noted',
    prefix => {
      const judged = resource(prefix + JSON.stringify(goodResource));
      expect(judged.ok && judged.notes).toEqual([
        expect.stringContaining('Something that is not JSON stands before it'),
      ]);
    },
  );

  it('is read behind a byte order mark, which is noted', () => {
    const judged = resource(`\ufeff${JSON.stringify(goodResource)}`);
    expect(judged.ok && judged.notes).toEqual([expect.stringContaining('byte order mark')]);
  });

  it('that nests deeper than any metadata is not read, so that the report can always be sent', () => {
    const nested = `{"resource":"${server.href}","deep":${'['.repeat(40)}${']'.repeat(40)}}`;
    expect(resource(nested)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('nests deeper than 32'),
    });
  });

  it('may hold brackets and quotation marks in its strings', () => {
    const body = { ...goodResource, resource_name: `"${'['.repeat(100)}\\` };
    expect(resource(body)).toMatchObject({ ok: true });
  });

  it('with a key twice is judged by the value that is used', () => {
    expect(resource(`{"resource":"https://evil.example/","resource":"${server.href}"}`)).toMatchObject({
      ok: true,
    });
    expect(resource(`{"resource":"${server.href}","resource":"https://evil.example/"}`)).toMatchObject({
      problem: 'resource-mismatch',
    });
  });

  it('cannot inherit fields through __proto__', () => {
    const judged = resource(
      `{"__proto__":{"resource":"${server.href}"},"authorization_servers":["${issuer}"]}`,
    );
    expect(judged).toMatchObject({ ok: false, problem: 'incomplete' });
    expect(authorization(`{"__proto__":${JSON.stringify(goodServer)}}`)).toMatchObject({
      problem: 'not-metadata',
    });
  });
});

describe('resource metadata', () => {
  it('gives its fields, verbatim', () => {
    const body = { ...goodResource, resource: 'https://mcp.example', scopes_supported: ['a', 'b'], extra: 1 };
    const judged = resource(body);
    expect(judged.ok && { ...judged.value, raw: { ...judged.value.raw } }).toEqual({
      url: 'https://mcp.example/document',
      resource: 'https://mcp.example',
      authorizationServers: [issuer],
      scopesSupported: ['a', 'b'],
      raw: body,
    });
  });

  it('leaves out what has the wrong type, and notes it', () => {
    const judged = resource({
      resource: server.href,
      authorization_servers: [issuer, 7, issuer],
      scopes_supported: 'a b',
    });
    expect(judged.ok && judged.value.authorizationServers).toEqual([issuer]);
    expect(judged.ok && judged.value.scopesSupported).toBeUndefined();
    expect(judged.ok && judged.notes).toEqual([
      'Members of authorization_servers that are no strings are left out.',
      'The field scopes_supported is left out because it is not a list.',
    ]);
  });

  it.each([undefined, [], 'https://as.example', null])('notes that it names nobody: %j', servers => {
    const judged = resource({ resource: server.href, authorization_servers: servers });
    expect(judged.ok && judged.value.authorizationServers).toEqual([]);
    expect(judged.ok && judged.notes.at(-1)).toBe('It names no authorization server.');
  });

  it.each([undefined, 7, ['https://mcp.example/mcp']])('needs a resource that is a string: %j', value => {
    expect(resource({ ...goodResource, resource: value })).toMatchObject({
      ok: false,
      problem: 'incomplete',
    });
  });

  it('for another server is not believed, and says how the two differ', () => {
    expect(resource({ ...goodResource, resource: 'http://mcp.example/mcp' })).toEqual({
      ok: false,
      problem: 'resource-mismatch',
      detail:
        'It speaks for "http://mcp.example/mcp" and not for this server, "https://mcp.example/mcp". One is http and the other https.',
    });
  });
});

describe('server metadata', () => {
  it('gives its fields', () => {
    const body = {
      ...goodServer,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      scopes_supported: ['a'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      grant_types_supported: ['authorization_code'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    };
    const judged = authorization(body);
    expect(judged).toMatchObject({ ok: true, notes: [] });
    expect(judged.ok && { ...judged.value, raw: {} }).toEqual({
      url: 'https://mcp.example/document',
      issuer,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      registrationEndpoint: `${issuer}/register`,
      revocationEndpoint: `${issuer}/revoke`,
      scopesSupported: ['a'],
      codeChallengeMethodsSupported: ['S256'],
      tokenEndpointAuthMethodsSupported: ['none'],
      grantTypesSupported: ['authorization_code'],
      clientIdMetadataDocumentSupported: true,
      authorizationResponseIssParameterSupported: true,
      raw: {},
    });
  });

  it('tells a list that is absent from one that is empty', () => {
    const judged = authorization({ ...goodServer, code_challenge_methods_supported: [] });
    expect(judged.ok && judged.value.codeChallengeMethodsSupported).toEqual([]);
    expect(judged.ok && 'scopesSupported' in judged.value).toBe(false);
  });

  it.each([
    ['https://as.example/', 'They differ only by a slash at the end.'],
    ['https://AS.example', 'They differ only in upper and lower case.'],
    ['https://as.example:443', 'They mean the same URL but are not written the same.'],
    ['http://as.example', 'One is http and the other https.'],
    ['https://as.example/tenant', 'They name different paths.'],
    ['https://evil.example', 'They name different hosts.'],
    ['https://as.example ', 'They differ only by white space.'],
  ])('of issuer %j is not that of https://as.example', (other, how) => {
    const judged = authorization({ ...goodServer, issuer: other });
    expect(judged).toMatchObject({ ok: false, problem: 'issuer-mismatch' });
    expect(!judged.ok && judged.detail.endsWith(how)).toBe(true);
  });

  it('of an issuer that is known to announce itself otherwise is let pass, and that is noted', () => {
    const issuer = 'https://accounts.google.com';
    const judged = readServerMetadata(document({ ...goodServer, issuer }), { issuers: [`${issuer}/`] });
    expect(judged).toMatchObject({ ok: true, value: { issuer } });
    expect(judged.ok && judged.notes.join(' ')).toContain("known to be one and the same operator's");
  });

  it.each([undefined, null, 7, ['https://as.example']])('needs an issuer that is a string: %j', value => {
    expect(authorization({ ...goodServer, issuer: value })).toMatchObject({
      ok: false,
      problem: 'incomplete',
    });
  });

  it.each(['http://as.example/token', 'javascript:alert(1)', 'file:///token', '/token', 7])(
    'leaves out the token endpoint %j, and is incomplete then',
    endpoint => {
      const judged = authorization({ ...goodServer, token_endpoint: endpoint });
      expect(judged).toMatchObject({ ok: true, problem: 'incomplete' });
      expect(judged.ok && judged.value.tokenEndpoint).toBeUndefined();
      expect(judged.ok && judged.notes[0]).toContain('The field token_endpoint is left out because it is');
    },
  );

  it('keeps plain http on this machine, and elsewhere by the word of the user', () => {
    const local = { ...goodServer, token_endpoint: 'http://127.0.0.1:3000/token' };
    expect(authorization(local)).toMatchObject({ value: { tokenEndpoint: 'http://127.0.0.1:3000/token' } });
    const plain = { ...goodServer, token_endpoint: 'http://as.example/token' };
    expect(authorization(plain, true)).toMatchObject({ value: { tokenEndpoint: 'http://as.example/token' } });
  });

  it('takes a flag for unset when it is not true or false, and notes it', () => {
    const judged = authorization({ ...goodServer, client_id_metadata_document_supported: 'true' });
    expect(judged).toMatchObject({
      ok: true,
      value: { clientIdMetadataDocumentSupported: false },
      notes: ['The field client_id_metadata_document_supported is left out because it is not true or false.'],
    });
  });
});
