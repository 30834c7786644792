import { readFileSync } from 'node:fs';
import { Fault } from '../base/fault.ts';
import type { NetworkSettings } from '../base/world.ts';

/**
 * How a shim's environment says the network is to be reached: the proxy variables in either case, and
 * the certificates of NODE_EXTRA_CA_CERTS. Throws `usage.flag` when that file cannot be read.
 */
export function readNetwork(env: Readonly<Record<string, string | undefined>>): NetworkSettings {
  const of = (...names: string[]) =>
    names
      .flatMap(name => [name.toLowerCase(), name])
      .find(name => env[name] !== undefined && env[name] !== '');
  const http = of('HTTP_PROXY');
  const https = of('HTTPS_PROXY', 'ALL_PROXY');
  const none = of('NO_PROXY');
  return {
    ...(http ? { httpProxy: env[http] ?? '', httpProxyFrom: http } : {}),
    ...(https ? { httpsProxy: env[https] ?? '', httpsProxyFrom: https } : {}),
    ...(none ? { noProxy: env[none] ?? '' } : {}),
    ...(env.NODE_EXTRA_CA_CERTS ? { extraCa: readCertificates(env.NODE_EXTRA_CA_CERTS) } : {}),
  };
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Fault(
      'usage.flag',
      `NODE_EXTRA_CA_CERTS names ${path}, which cannot be read (${(error as { code?: string }).code}).`,
      { remedy: 'Correct the path in the environment, or unset it.', cause: error },
    );
  }
}
