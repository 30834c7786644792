import { describe, expect, it } from 'vitest';
import { dialler, faultOf, pem, serveHttp, serveHttps, serveTcp, until } from '../support/network.ts';

const network = { extraCa: pem('root') };

describe('a TLS connection', () => {
  it('is trusted by the certificates of its settings, and told of with its chain and its times', async () => {
    const server = await serveHttps((_, response) => response.end('ok'));
    const { response, connection } = await dialler().get(server.url, { network });
    expect(await response.text()).toBe('ok');
    expect(connection).toMatchObject({ address: '127.0.0.1', family: 4, reused: false });
    expect(connection.tls?.protocol).toBe('TLSv1.3');
    expect(connection.tls?.chain.slice(0, 2)).toEqual([
      { subject: 'localhost', issuer: 'Keybridge Test Intermediate', validTo: expect.stringMatching(/2120/) },
      {
        subject: 'Keybridge Test Intermediate',
        issuer: 'Keybridge Test Root',
        validTo: expect.stringMatching(/2120/),
      },
    ]);
    expect(connection.tlsHandshake).toBeGreaterThan(0);
  });

  it('speaks HTTP/1.1 and names the server', async () => {
    const seen: unknown[] = [];
    const server = await serveHttps((request, response) => {
      const socket = request.socket as unknown as { alpnProtocol: unknown; servername: unknown };
      seen.push(socket.alpnProtocol, socket.servername, request.headers.host);
      response.end();
    });
    const { get } = dialler();
    const url = `https://localhost:${server.port}/`;
    await (await get(url, { network })).response.text();
    // A Host field of the user's own does not change what the certificate is checked for.
    await (await get(url, { network, headers: [['host', 'other.example']] })).response.text();
    expect(seen).toEqual([
      'http/1.1',
      'localhost',
      `localhost:${server.port}`,
      'http/1.1',
      'localhost',
      'other.example',
    ]);
  });

  it('is resumed by the next, which still knows the chain', async () => {
    const resumed: boolean[] = [];
    const server = await serveHttps((request, response) => {
      resumed.push((request.socket as unknown as { isSessionReused(): boolean }).isSessionReused());
      response.writeHead(200, { connection: 'close' }).end('ok');
    });
    const { get } = dialler();
    const first = await get(server.url, { network });
    await first.response.text();
    await until(() => server.open.size === 0);
    const second = await get(server.url, { network });
    await second.response.text();
    expect(resumed).toEqual([false, true]);
    expect(second.connection.reused).toBe(false);
    expect(second.connection.tls).toEqual(first.connection.tls);
  });

  it('is not trusted because another shim trusts it', async () => {
    const server = await serveHttps((_, response) => response.end('ok'));
    const { get } = dialler();
    await (await get(server.url, { network })).response.text();
    expect(await faultOf(get(server.url))).toMatchObject({ code: 'net.tls' });
    expect(server.accepted).toBe(2);
  });

  it('sends nothing to a server it does not trust', async () => {
    let asked = 0;
    const server = await serveHttps((_, response) => {
      asked++;
      response.end();
    });
    await faultOf(dialler().dial({ method: 'POST', url: server.url, headers: [], body: new Uint8Array(5) }));
    await until(() => server.open.size === 0);
    expect(asked).toBe(0);
  });
});

describe('a certificate that is not trusted', () => {
  const ask = async (chain: string[], settings = {}, host = '127.0.0.1') => {
    const server = await serveHttps((_, response) => response.end(), chain);
    const url = `https://${host}:${server.port}/`;
    return faultOf(
      dialler({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] }).get(url, { network: settings }),
    );
  };

  it('because it expired', async () => {
    const fault = await ask(['expired', 'intermediate'], network);
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'expired', code: 'CERT_HAS_EXPIRED' } });
    expect(fault.message).toMatch(/127\.0\.0\.1 expired on Feb {2}1 00:00:00 2020 GMT/);
    expect(fault.remedy).toMatch(/renew/);
    expect(fault.evidence[0]).toBe(
      '0: "localhost", issued by "Keybridge Test Intermediate", valid to Feb  1 00:00:00 2020 GMT',
    );
  });

  it('because it is signed by itself', async () => {
    const fault = await ask(['self-signed']);
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'self-signed' } });
    expect(fault.remedy).toMatch(/NODE_EXTRA_CA_CERTS/);
  });

  it('because nobody here knows its issuer', async () => {
    const withRoot = await ask(['server', 'intermediate', 'root']);
    expect(withRoot).toMatchObject({ code: 'net.tls', data: { problem: 'unknown-issuer' } });
    expect(withRoot.message).toContain('"Keybridge Test Root"');
    const withoutRoot = await ask(['server', 'intermediate']);
    expect(withoutRoot).toMatchObject({ data: { problem: 'unknown-issuer' } });
    expect(withoutRoot.message).toContain('"Keybridge Test Root"');
    expect(withoutRoot.remedy).toMatch(/company.*NODE_EXTRA_CA_CERTS.*never turned off/);
  });

  it('because the server leaves out the certificate in between', async () => {
    const fault = await ask(['server'], network);
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'missing-intermediate' } });
    expect(fault.message).toContain('"Keybridge Test Intermediate"');
    expect(fault.remedy).toMatch(/full chain/);
    expect(fault.evidence).toHaveLength(1);
  });

  it('because it is made out to somebody else', async () => {
    const fault = await ask(['other-name', 'intermediate'], network);
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'name-mismatch' } });
    expect(fault.message).toBe(
      'The certificate of 127.0.0.1 is made out to other names ("DNS:other.example").',
    );
    const named = await ask(['server', 'intermediate'], network, 'wrong.example');
    expect(named).toMatchObject({ data: { problem: 'name-mismatch', host: 'wrong.example' } });
  });
});

describe('a handshake that fails', () => {
  it('because the server does not speak TLS', async () => {
    const server = await serveHttp((_, response) => response.end());
    const fault = await faultOf(dialler().get(server.url.replace('http:', 'https:')));
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'not-tls' } });
    expect(fault.message).toBe(`127.0.0.1 does not speak TLS on port ${server.port}.`);
  });

  it('because something breaks it off', async () => {
    const server = await serveTcp(socket => socket.once('data', () => socket.destroy()));
    const fault = await faultOf(dialler().get(server.url.replace('http:', 'https:')));
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'reset' } });
    expect(fault.remedy).toMatch(/firewall/);
  });

  it('because it takes too long', async () => {
    const server = await serveTcp(socket => socket.resume());
    const { get } = dialler({ connectTimeout: 60 });
    expect(await faultOf(get(server.url.replace('http:', 'https:')))).toMatchObject({ code: 'net.timeout' });
    await until(() => server.open.size === 0);
  });
});

describe('the certificates of the settings', () => {
  it('are refused in words when they are none', async () => {
    const server = await serveHttps((_, response) => response.end());
    const broken = '-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
    const fault = await faultOf(dialler().get(server.url, { network: { extraCa: broken } }));
    expect(fault).toMatchObject({ code: 'net.tls', message: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  it('count as far as they can be read', async () => {
    const server = await serveHttps((_, response) => response.end('ok'));
    const odd = '-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
    const { response } = await dialler().get(server.url, {
      network: { extraCa: `a note\n${odd}${pem('root')}` },
    });
    expect(await response.text()).toBe('ok');
  });
});
