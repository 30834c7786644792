import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  createSecureContext,
  type DetailedPeerCertificate,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { Fault } from '../base/fault.ts';
import { plain, quoted, word } from '../base/text.ts';
import type { Connection } from '../base/world.ts';

type Chain = NonNullable<Connection['tls']>['chain'];

/** A server may present as many certificates as it likes; more than these are not looked at. */
const LONGEST_CHAIN = 10;

/** The certificates of a PEM text that can be read. Throws `net.tls` when there is none. */
function readable(text: string): string[] {
  const blocks = text.match(
    /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g,
  );
  let cause: unknown;
  const read = (blocks ?? []).filter(block => {
    try {
      return new X509Certificate(block) !== undefined;
    } catch (error) {
      cause = error;
      return false;
    }
  });
  if (read.length > 0) return read;
  // Node itself passes over what it cannot read, and the user would search in vain.
  throw new Fault(
    'net.tls',
    'The file that NODE_EXTRA_CA_CERTS names holds no certificate that can be read.',
    {
      remedy: 'Point it at a file of certificates in PEM, or unset it.',
      cause,
    },
  );
}

/**
 * Trust in Node's own list, in the operating system's (what a company installs there counts) and in
 * `extraCa`. Building one takes tens of milliseconds, so it is kept for all connections of its settings.
 * Throws `net.tls` when `extraCa` holds no certificate.
 */
export function trust(extraCa?: string): SecureContext {
  const known = new Set([...getCACertificates('bundled'), ...getCACertificates('system')]);
  return createSecureContext({ ca: [...known, ...(extraCa ? readable(extraCa) : [])] });
}

/** The name in a distinguished name that people know it by. */
function nameOf(name: DetailedPeerCertificate['subject'] | undefined): string {
  const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return plain(first(name?.CN) ?? first(name?.O) ?? first(name?.OU) ?? 'unnamed', 100);
}

/** The certificates a server presented, leaf first. */
export function presentedChain(socket: TLSSocket): Chain {
  const chain: { subject: string; issuer: string; validTo: string }[] = [];
  const seen = new Set<string>();
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (
    certificate?.fingerprint256 &&
    !seen.has(certificate.fingerprint256) &&
    chain.length < LONGEST_CHAIN
  ) {
    seen.add(certificate.fingerprint256);
    chain.push({
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      validTo: plain(certificate.valid_to, 40),
    });
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

const COMPANY_CA =
  "If a company's proxy or CA stands between, install its CA in the operating system or name its file in " +
  'NODE_EXTRA_CA_CERTS; verification is never turned off.';

interface Diagnosis {
  problem: string;
  message: string;
  remedy: string;
}

/** What a verification error means in plain words, and who can mend it how. */
function diagnose(code: string, host: string, chain: Chain, names: string): Diagnosis {
  const leaf = chain[0];
  const top = chain.at(-1);
  const issuer = top?.issuer ?? 'unknown';
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const expired = chain.find(({ validTo }) => Date.parse(validTo) < Date.now()) ?? leaf;
      return {
        problem: 'expired',
        message: `The certificate ${quoted(expired?.subject ?? '')} of ${host} expired on ${expired?.validTo}.`,
        remedy:
          "The server's operator must renew it; if it looks valid elsewhere, check this machine's clock.",
      };
    }
    case 'CERT_NOT_YET_VALID':
      return {
        problem: 'not-yet-valid',
        message: `The certificate of ${host} is not valid yet.`,
        remedy:
          "Check this machine's clock; if it is right, the server's operator must replace the certificate.",
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return {
        problem: 'self-signed',
        message: `${host} presents a self-signed certificate (${quoted(leaf?.subject ?? '')}).`,
        remedy: `The server needs a certificate from a known CA, or this machine must be told to trust this one: add it to the operating system's store or name its file in NODE_EXTRA_CA_CERTS.`,
      };
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return {
        problem: 'unknown-issuer',
        message: `The certificate of ${host} was issued by ${quoted(issuer)}, which this machine does not trust.`,
        remedy: COMPANY_CA,
      };
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      if (chain.length <= 1) {
        return {
          problem: 'missing-intermediate',
          message: `${host} sends its certificate alone, without the one of its issuer ${quoted(issuer)} that leads to a known CA.`,
          remedy: `The server's operator must serve the full chain (browsers fetch what is missing, other programs do not). ${COMPANY_CA}`,
        };
      }
      return {
        problem: 'unknown-issuer',
        message: `The certificate chain of ${host} ends at ${quoted(issuer)}, which this machine does not trust.`,
        remedy: COMPANY_CA,
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        problem: 'name-mismatch',
        message: `The certificate of ${host} is made out to other names (${quoted(names)}).`,
        remedy: `Check the URL; if it is right, the server's operator must get a certificate for ${host}.`,
      };
    default:
      return {
        problem: 'untrusted',
        message: `The certificate of ${host} is not trusted (${word(code)}).`,
        remedy: "The server's operator must serve a valid certificate with its full chain.",
      };
  }
}

/**
 * The `net.tls` fault for a certificate that did not verify. `data.problem` tells the cases apart; the
 * evidence is the chain as it was presented.
 */
export function certificateFault(host: string, socket: TLSSocket): Fault {
  const cause = socket.authorizationError as unknown;
  const code =
    cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
  const chain = presentedChain(socket);
  const names = plain(socket.getPeerCertificate().subjectaltname ?? chain[0]?.subject ?? 'none', 200);
  const { problem, message, remedy } = diagnose(code, host, chain, names);
  return new Fault('net.tls', message, {
    remedy,
    cause,
    evidence: chain.map(
      ({ subject, issuer, validTo }, depth) =>
        `${depth}: ${quoted(subject)}, issued by ${quoted(issuer)}, valid to ${validTo}`,
    ),
    data: { host, problem, code: plain(code, 60) },
  });
}

/** The `net.tls` fault for a handshake that never came to a certificate. */
export function handshakeFault(host: string, port: number, cause: NodeJS.ErrnoException): Fault {
  const code = cause.code ?? 'unknown';
  const plainHttp = code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG';
  const reset = code === 'ECONNRESET' || code === 'EPIPE';
  const message = plainHttp
    ? `${host} does not speak TLS on port ${port}.`
    : reset
      ? `${host} broke the connection off during the TLS handshake.`
      : `The TLS handshake with ${host} failed (${word(code)}).`;
  const remedy = plainHttp
    ? 'Check the port, or whether the URL should begin with http://.'
    : reset
      ? 'A firewall or proxy may be in the way; try from another network, or set HTTPS_PROXY.'
      : "The server's operator must offer TLS 1.2 or 1.3.";
  const problem = plainHttp ? 'not-tls' : reset ? 'reset' : 'handshake';
  return new Fault('net.tls', message, { remedy, cause, data: { host, problem, code: plain(code, 60) } });
}

/** The name for SNI; addresses have none. RFC 6066 §3. */
export function serverName(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}
