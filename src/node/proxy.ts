import { BlockList, isIP } from 'node:net';
import { Fault } from '../base/fault.ts';
import { isLoopbackHost, plain } from '../base/text.ts';
import type { NetworkSettings } from '../base/world.ts';

/** A URL's host as sockets and certificates name it: without brackets and without the root's dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/(?<=.)\.$/, '');
}

/** A URL's port, the scheme's own when none is named. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** Whether one entry of NO_PROXY covers the host: a name and its subdomains, an address, a network, a port. */
function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, bracketed, bracketedPort] = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? [];
  const [, named, namedPort] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  const wanted = bracketedPort ?? namedPort;
  if (wanted !== undefined && Number(wanted) !== port) return false;
  const name = (bracketed ?? named ?? entry).toLowerCase();
  if (name === '*') return true;
  const family = isIP(host);
  if (family !== 0) {
    const [network = '', bits] = name.split('/');
    const kind = isIP(network);
    if (kind === 0) return false;
    const list = new BlockList();
    const type = kind === 4 ? 'ipv4' : 'ipv6';
    const length = bits === undefined ? (kind === 4 ? 32 : 128) : Number(bits);
    if (!(Number.isInteger(length) && length >= 0 && length <= (kind === 4 ? 32 : 128))) return false;
    list.addSubnet(network, length, type);
    return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
  }
  const suffix = name.replace(/^\*?\./, '').replace(/\.$/, '');
  if (suffix === '') return false;
  // `*.example.com` means the names below it; `.example.com` and `example.com` mean it as well.
  return host.endsWith(`.${suffix}`) || (host === suffix && !name.startsWith('*'));
}

/** A proxy, and the environment variable that names it. */
export interface NamedProxy {
  url: URL;
  variable: string;
}

/**
 * The proxy a URL is to be reached through, by the conventions of HTTP_PROXY, HTTPS_PROXY and NO_PROXY;
 * this machine itself is never reached through one. Throws `net.failed` for a proxy that is none.
 */
export function proxyFor(url: URL, network: NetworkSettings | undefined): NamedProxy | undefined {
  const secure = url.protocol === 'https:';
  const setting = secure ? network?.httpsProxy : network?.httpProxy;
  if (!setting || isLoopbackHost(url.hostname.toLowerCase())) return undefined;
  const [host, port] = [hostOf(url).toLowerCase(), portOf(url)];
  const entries = (network?.noProxy ?? '').split(/[\s,]+/).filter(entry => entry !== '');
  if (entries.some(entry => covers(entry, host, port))) return undefined;
  const proxy = URL.parse(setting.includes('://') ? setting : `http://${setting}`);
  const name = secure ? (network?.httpsProxyFrom ?? 'HTTPS_PROXY') : (network?.httpProxyFrom ?? 'HTTP_PROXY');
  if (proxy && /^https?:$/.test(proxy.protocol)) return { url: proxy, variable: name };
  const kind = proxy ? `a ${plain(proxy.protocol.slice(0, -1), 20)} proxy` : 'no URL';
  throw new Fault('net.failed', `${name} names ${kind}; Keybridge speaks to HTTP proxies only.`, {
    remedy: `Set ${name} to a URL such as http://proxy.example:3128, or list ${host} in NO_PROXY.`,
  });
}

/** The proxy as it may be shown, without the name and password. */
export function shownProxy({ url }: NamedProxy): string {
  return url.origin;
}

/** What the proxy's URL says to authenticate with, as a field's value. RFC 7617. */
export function proxyAuthorization({ url }: NamedProxy): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const read = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return `Basic ${Buffer.from(`${read(url.username)}:${read(url.password)}`).toString('base64')}`;
}
