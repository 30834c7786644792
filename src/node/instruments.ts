import { promises as dns } from 'node:dns';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { Fault } from '../base/fault.ts';
import type { NameLookup, TlsLook } from '../checks/examination.ts';
import type { Instruments } from '../doctor/examine.ts';

/** Milliseconds for one look. */
const PATIENCE = 10_000;

/** Names and certificates, looked at with what Node has. Neither look throws. */
export const instruments: Instruments = {
  async lookUp(host): Promise<NameLookup> {
    const family = (number: 4 | 6) => dns.lookup(host, { family: number, all: true });
    const [four, six] = await Promise.allSettled([family(4), family(6)]);
    const addresses = (result: typeof four) =>
      result.status === 'fulfilled' ? result.value.map(({ address }) => address) : [];
    const failed = [four, six].every(({ status }) => status === 'rejected');
    const failure =
      failed && four.status === 'rejected'
        ? new Fault(
            'net.dns',
            `The name ${host} does not resolve here (${(four.reason as { code?: string }).code}).`,
          )
        : undefined;
    return {
      host,
      v4: addresses(four),
      v6: addresses(six),
      ...(failure ? { failure: failure.toJSON() } : {}),
    };
  },
  lookAtTls: (host, port) =>
    new Promise<TlsLook>(resolve => {
      const look: TlsLook = { host, port, chain: [] };
      // Nothing is sent over it: the handshake shows what is presented, trusted or not.
      const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: PATIENCE });
      const end = (more: Partial<TlsLook>) => {
        socket.destroy();
        resolve({ ...look, ...more });
      };
      socket.once('secureConnect', () => {
        const code = (socket as TLSSocket & { authorizationError?: unknown }).authorizationError;
        end({
          protocol: socket.getProtocol() ?? '',
          chain: chainOf(socket.getPeerCertificate(true)),
          ...(socket.authorized ? {} : { bundled: String((code as { code?: string })?.code ?? code) }),
        });
      });
      socket.once('timeout', () => end({ bundled: 'ETIMEDOUT' }));
      socket.once('error', error => end({ bundled: (error as NodeJS.ErrnoException).code ?? 'error' }));
    }),
};

function chainOf(leaf: ReturnType<TLSSocket['getPeerCertificate']>): TlsLook['chain'] {
  const chain: { subject: string; issuer: string; validTo: string }[] = [];
  for (
    let each: PeerCertificate & { issuerCertificate?: PeerCertificate } = leaf;
    each?.subject && chain.length < 10;
  ) {
    chain.push({
      subject: String(each.subject.CN ?? ''),
      issuer: String(each.issuer?.CN ?? ''),
      validTo: each.valid_to,
    });
    const next = each.issuerCertificate;
    if (!next || next === each) break;
    each = next;
  }
  return chain;
}
