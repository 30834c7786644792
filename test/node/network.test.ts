import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNetwork } from '../../src/node/network.ts';
import { temporaryFolder } from '../support/temporary.ts';

test('an environment that says nothing of the network settles nothing', () => {
  expect(readNetwork({})).toEqual({});
  expect(readNetwork({ HTTPS_PROXY: '', http_proxy: '', NO_PROXY: '', NODE_EXTRA_CA_CERTS: '' })).toEqual({});
});

test('the proxy variables are read in either case, the lower one first, as curl does', () => {
  expect(
    readNetwork({
      HTTP_PROXY: 'http://upper:1',
      http_proxy: 'http://lower:1',
      HTTPS_PROXY: 'http://upper:2',
      no_proxy: 'localhost,.example',
    }),
  ).toEqual({
    httpProxy: 'http://lower:1',
    httpProxyFrom: 'http_proxy',
    httpsProxy: 'http://upper:2',
    httpsProxyFrom: 'HTTPS_PROXY',
    noProxy: 'localhost,.example',
  });
  expect(readNetwork({ https_proxy: '', HTTPS_PROXY: 'http://upper:2' })).toEqual({
    httpsProxy: 'http://upper:2',
    httpsProxyFrom: 'HTTPS_PROXY',
  });
});

test('a proxy for everything is one for https', () => {
  expect(readNetwork({ ALL_PROXY: 'http://all:3' })).toEqual({
    httpsProxy: 'http://all:3',
    httpsProxyFrom: 'ALL_PROXY',
  });
  expect(readNetwork({ all_proxy: 'http://all:3', HTTPS_PROXY: 'http://https:2' })).toEqual({
    httpsProxy: 'http://https:2',
    httpsProxyFrom: 'HTTPS_PROXY',
  });
});

test('certificates are read here, for the broker does not know this environment', async () => {
  const path = join(await temporaryFolder(), 'ca.pem');
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  await writeFile(path, certificate);
  expect(readNetwork({ NODE_EXTRA_CA_CERTS: path })).toEqual({ extraCa: certificate });
});

test('certificates that cannot be read are a mistake that names the variable and the file', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'missing.pem');
  const remedy = 'Correct the path in the environment, or unset it.';
  expect(() => readNetwork({ NODE_EXTRA_CA_CERTS: path })).toThrow(
    expect.objectContaining({
      code: 'usage.flag',
      message: `NODE_EXTRA_CA_CERTS names ${path}, which cannot be read (ENOENT).`,
      remedy,
    }),
  );
  expect(() => readNetwork({ NODE_EXTRA_CA_CERTS: folder })).toThrow(
    expect.objectContaining({ message: expect.stringContaining('(EISDIR)') }),
  );
});
