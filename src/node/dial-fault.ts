import { Fault } from '../base/fault.ts';
import { shortage } from '../base/system-error.ts';
import { plain } from '../base/text.ts';
import { hostOf, type NamedProxy, shownProxy } from './proxy.ts';

/** The `net.private-address` fault: a destination that may only be public is not. */
export function privateFault(host: string, addresses: readonly string[]): Fault {
  const shown = addresses.slice(0, 5).join(', ');
  const where = shown === host ? host : `${plain(host, 100)} (${shown})`;
  return new Fault(
    'net.private-address',
    `${where} is on a private network, where a public server may not send us.`,
    {
      remedy: 'If you know that address and trust it, add --allow-private for this server.',
      data: { host: plain(host, 100) },
    },
  );
}

function inWords(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The `net.timeout` fault for something that a host did not do in time. */
export function timeoutFault(host: string, what: string, milliseconds: number): Fault {
  return new Fault('net.timeout', `${host} did not ${what} within ${inWords(milliseconds)}.`, {
    remedy: 'Check that the server is up and that no firewall or required proxy (HTTPS_PROXY) is in the way.',
    data: { host },
  });
}

/** The `net.timeout` fault for a connection that did not come about within `timeout` milliseconds. */
export function connectTimeoutFault(route: {
  host: string;
  timeout: number;
  proxy: NamedProxy | undefined;
  forwarded: boolean;
}): Fault {
  const { host, timeout, proxy, forwarded } = route;
  if (!proxy) {
    const fault = timeoutFault(host, 'accept a connection', timeout);
    return new Fault(fault.code, fault.message, {
      remedy: `${fault.remedy} --connect-timeout SECONDS gives it longer.`,
      data: { host },
    });
  }
  const what = forwarded ? 'accept a connection' : `lead to ${host}`;
  return proxyFault(proxy, timeoutFault(hostOf(proxy.url), what, timeout));
}

/** The same fault when it is about the proxy: it says so, and where the proxy was named. */
export function proxyFault(proxy: NamedProxy, fault: Fault): Fault {
  const { variable } = proxy;
  // A certificate is mended elsewhere than in the proxy's address.
  const first = fault.code === 'net.tls' && fault.remedy ? `${fault.remedy} Else correct` : 'Correct';
  return new Fault(
    fault.code,
    `The proxy ${shownProxy(proxy)}, set by ${variable}, cannot be used. ${fault.message}`,
    {
      remedy: `${first} ${variable} in the environment of the application, or list the server's host in NO_PROXY if it can be reached directly.`,
      evidence: fault.evidence,
      cause: fault,
      data: { ...fault.data, proxy: shownProxy(proxy), variable },
    },
  );
}

/** The `net.timeout` fault for a limit that the user has set for answers. */
function limitFault(host: string, phase: 'head' | 'body', milliseconds: number, cause: unknown): Fault {
  const flag = phase === 'head' ? '--headers-timeout' : '--body-timeout';
  const what = phase === 'head' ? 'did not begin to answer' : 'sent nothing in the middle of its answer';
  return new Fault(
    'net.timeout',
    `${host} ${what} for ${inWords(milliseconds)}, as long as ${flag} allows.`,
    {
      remedy: `Raise ${flag}, or leave it out for no limit.`,
      cause,
      data: { host, phase },
    },
  );
}

/** The fault for a connection that could not be made. Of several addresses the first error counts. */
export function connectFault(
  host: string,
  port: number,
  thrown: NodeJS.ErrnoException,
  through?: string,
): Fault {
  if (thrown instanceof Fault) return thrown;
  const inner = thrown instanceof AggregateError ? (thrown.errors[0] as NodeJS.ErrnoException) : thrown;
  const code = thrown.code ?? inner?.code ?? 'unknown';
  const data = { host, code: plain(code, 60), phase: 'connect' };
  const proxied = through === undefined ? '' : ` while asked for ${through}`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_FAIL':
      return new Fault('net.dns', `The host name ${host} cannot be resolved (${code}).`, {
        remedy: 'Check its spelling, and whether a VPN or another network is needed to resolve it.',
        cause: thrown,
        data,
      });
    case 'ECONNREFUSED':
      return new Fault('net.refused', `${host} refuses connections on port ${port}.`, {
        remedy: 'Check that the server is running, and the port of its URL.',
        cause: thrown,
        data,
      });
    case 'ETIMEDOUT':
      return new Fault('net.timeout', `${host} did not answer on port ${port}.`, {
        remedy:
          'Check that the server is up and that no firewall or required proxy (HTTPS_PROXY) is in the way.',
        cause: thrown,
        data,
      });
    case 'ECONNRESET':
    case 'EPIPE':
      return new Fault('net.failed', `${host} broke the connection off${proxied}.`, {
        remedy: 'Try again; if it stays so, something between here and the server cuts connections.',
        cause: thrown,
        data,
      });
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return new Fault('net.failed', `There is no way from here to ${host} (${code}).`, {
        remedy: 'Check this machine’s network connection, VPN and routes.',
        cause: thrown,
        data,
      });
    default: {
      const lack = shortage(code);
      const why = lack ? `: ${lack.words} (${code})` : ` (${plain(code, 60)})`;
      return new Fault('net.failed', `${host} cannot be reached${proxied}${why}.`, {
        remedy: lack?.remedy ?? 'Check the URL and the network.',
        cause: thrown,
        data,
      });
    }
  }
}

/**
 * The fault for a connection that was there and failed, before the answer (`head`) or in its body. `limit`:
 * milliseconds the user allows for it.
 */
export function exchangeFault(host: string, phase: 'head' | 'body', thrown: unknown, limit = 0): Fault {
  if (thrown instanceof Fault) return thrown;
  const code = (thrown as { code?: unknown } | undefined)?.code;
  const name = typeof code === 'string' ? code : 'unknown';
  const data = { host, code: plain(name, 60), phase };
  const options = { cause: thrown, data };
  if (name.startsWith('HPE_') || (thrown as Error | undefined)?.name === 'HTTPParserError') {
    return new Fault('net.failed', `${host} does not answer in HTTP/1.1 (${plain(name, 60)}).`, {
      ...options,
      remedy: 'Check the port and the scheme of the URL.',
    });
  }
  switch (name) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return limitFault(host, phase, limit, thrown);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new Fault('net.too-large', `The header of ${host}'s answer is larger than is read.`, {
        ...options,
        remedy: 'Tell whoever runs the server: 64 KiB of header fields are enough for anybody.',
      });
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new Fault('cancelled', 'Keybridge ended its connections.', options);
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      // undici names the header field and never its value.
      return new Fault('net.failed', `This request cannot be sent: ${plain((thrown as Error).message)}.`, {
        ...options,
        remedy: 'Check the header fields that were configured.',
      });
    default: {
      const when = phase === 'head' ? 'before it answered' : 'in the middle of its answer';
      return new Fault('net.failed', `${host} closed the connection ${when}.`, {
        ...options,
        remedy: 'Try again; if it stays so, look at the server’s log and at the proxies before it.',
      });
    }
  }
}

/** The fault for a body whose content coding is broken. */
export function undecodable(host: string, cause: unknown): Fault {
  return new Fault('net.failed', `The body of ${host}'s answer is not encoded as its header says.`, {
    remedy: 'The server or a proxy before it breaks its compression; turn it off there.',
    cause,
    data: { host, phase: 'body' },
  });
}
