import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import {
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import type { NetworkSettings } from '../base/world.ts';
import type { NameLookup, ProxyLook, TlsLook } from '../checks/examination.ts';
import type { Instruments } from '../doctor/examine.ts';
import { allowedAddresses } from './dial-connect.ts';
import { connectFault, privateFault, timeoutFault } from './dial-fault.ts';
import { proxyFor, shownProxy } from './proxy.ts';
import { lookAtMachine } from './this-machine.ts';
import { certificateFault, handshakeFault, presentedChain, serverName, trust } from './tls.ts';

export interface InstrumentOptions {
  /** Milliseconds for one look; 7,000 unless told. */
  patience?: number;
  /** In place of the system's resolver. */
  resolve?: (host: string, family: 4 | 6) => Promise<readonly { address: string }[]>;
}

/** Names, certificates and proxies, looked at with what Node has and what `network` says. No look throws. */
export function createInstruments(
  network: NetworkSettings,
  {
    patience = 7_000,
    resolve = (host, family) => lookup(host, { family, all: true }),
  }: InstrumentOptions = {},
): Instruments {
  return {
    lookUp: async host => {
      const [four, six] = await Promise.all([look(host, 4), look(host, 6)]);
      const failure = [four, six].every(({ addresses }) => addresses.length === 0) ? four.failure : undefined;
      return {
        host,
        v4: four.addresses,
        v6: six.addresses,
        ...(failure ? { failure: failure.toJSON() } : {}),
      } satisfies NameLookup;
    },
    lookAtTls: async (host, port, reach) => {
      const place = { host, port, reach };
      const own = await handshake(place, bundled(), patience);
      // Whoever knows only the bundled authorities fails; a machine may know more.
      const more = own.isCertificate ? await handshake(place, trust(network.extraCa), patience) : undefined;
      const failure = more?.failure ?? own.failure;
      return {
        host,
        port,
        ...own.seen,
        ...(own.failure ? { bundled: codeOf(own.failure) } : {}),
        ...(own.failure && (!more || more.failure) ? { system: codeOf(more?.failure ?? own.failure) } : {}),
        ...(failure ? { failure: failure.toJSON() } : {}),
      } satisfies TlsLook;
    },
    lookAtProxy: url => lookAtProxy(url, network),
    lookAtMachine: target => lookAtMachine(target),
  };

  async function look(host: string, family: 4 | 6) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timeoutFault(host, 'resolve', patience)), patience);
    });
    try {
      const found = await Promise.race([resolve(host, family), late]);
      return { addresses: found.map(({ address }) => address) };
    } catch (error) {
      return { addresses: [], failure: connectFault(host, 0, error as NodeJS.ErrnoException) };
    } finally {
      clearTimeout(timer);
    }
  }
}

let own: SecureContext | undefined;

/** Trust in Node's own list and nothing else, as of programs that do not ask the system. */
function bundled(): SecureContext {
  own ??= createSecureContext({ ca: getCACertificates('bundled') });
  return own;
}

function codeOf(failure: Fault): string {
  return failure.data?.code ?? failure.code;
}

/** The system's resolver, less the addresses that may not be dialled. */
function within(reach: 'any' | 'public'): LookupFunction {
  return (name, options, done) => {
    lookup(name, { all: true }).then(
      all => {
        const allowed = allowedAddresses(all, reach);
        const [first] = allowed;
        if (first === undefined)
          done(
            privateFault(
              name,
              all.map(({ address }) => address),
            ),
            [],
          );
        else if (options.all) done(null, allowed);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };
}

interface Handshake {
  seen: Pick<TlsLook, 'protocol' | 'chain' | 'names' | 'issuerAt'>;
  failure?: Fault;
  /** It is the certificate that failed. */
  isCertificate?: true;
}

/** One handshake. Nothing is sent over it: it shows what is presented, trusted or not. */
function handshake(
  { host, port, reach }: { host: string; port: number; reach: 'any' | 'public' },
  context: SecureContext,
  patience: number,
): Promise<Handshake> {
  return new Promise(resolve => {
    if (isIP(host) !== 0 && allowedAddresses([{ address: host }], reach).length === 0)
      return resolve({ seen: { chain: [] }, failure: privateFault(host, [host]) });
    const servername = serverName(host);
    let connected = false;
    const socket = connect({
      host,
      port,
      ...(servername === undefined ? {} : { servername }),
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
      lookup: within(reach),
    });
    const end = (outcome: Handshake) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const failed = (failure: Fault) => end({ seen: { chain: [] }, failure });
    const timer = setTimeout(
      () =>
        failed(timeoutFault(host, connected ? 'finish the TLS handshake' : 'accept a connection', patience)),
      patience,
    );
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('secureConnect', () => {
      const seen = shown(socket);
      if (socket.authorized) end({ seen });
      else end({ seen, failure: certificateFault(host, socket), isCertificate: true });
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      failed(connected ? handshakeFault(host, port, error) : connectFault(host, port, error)),
    );
    socket.once('close', () => {
      const error = Object.assign(new Error('The connection was closed.'), { code: 'ECONNRESET' });
      failed(connected ? handshakeFault(host, port, error) : connectFault(host, port, error));
    });
  });
}

function shown(socket: TLSSocket): Handshake['seen'] {
  const { subjectaltname, infoAccess } = socket.getPeerCertificate();
  const issuerAt = infoAccess?.['CA Issuers - URI']?.[0];
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    chain: presentedChain(socket),
    ...(subjectaltname ? { names: plain(subjectaltname, 500) } : {}),
    ...(issuerAt ? { issuerAt: plain(issuerAt, 200) } : {}),
  };
}

function lookAtProxy(url: URL, network: NetworkSettings): ProxyLook {
  const configured = (['http', 'https'] as const).flatMap(scheme => {
    try {
      const proxy = proxyFor(new URL(`${scheme}://any.invalid`), {
        ...network,
        noProxy: '',
      });
      return proxy ? [{ variable: proxy.variable, origin: shownProxy(proxy) }] : [];
    } catch {
      return [];
    }
  });
  try {
    const used = proxyFor(url, network);
    return {
      configured,
      ...(used ? { used: { variable: used.variable, origin: shownProxy(used) } } : {}),
    };
  } catch (error) {
    return { configured, failure: Fault.of(error, 'net.failed').toJSON() };
  }
}
