import { Fault, type FaultCode } from '../base/fault.ts';
import { word } from '../base/text.ts';
import { wantsOther } from './challenge.ts';
import { quoteUrl } from './identifier.ts';
import type { Attempt, DiscoveryReport } from './report.ts';

/** What discovery came to, as a sentence for the trace. */
export function conclusion(report: DiscoveryReport): string {
  const issuer = report.chosen?.issuer;
  switch (report.path) {
    case 'resource-metadata':
      return `The sign-in is at ${issuer}, which the server's resource metadata names.`;
    case 'origin-metadata':
      return `The sign-in is at ${issuer}, the server's own host, whose metadata was found there.`;
    case 'default-endpoints':
      return `The server publishes nothing about its sign-in; the default endpoints of 2025-03-26 at ${issuer} are assumed.`;
    case 'named-endpoint':
      return `Tokens are asked for at ${report.chosen?.tokenEndpoint}, which the user names.`;
    case 'none':
      return faultOf(report).message;
  }
}

function evidenceOf(attempts: readonly Attempt[]): string[] {
  return attempts.flatMap(({ exchange }) => (exchange === undefined ? [] : [exchange]));
}

/** The attempt to speak of: the one that came nearest to being of use, or the first. */
function tellingOf(attempts: readonly Attempt[]): Attempt | undefined {
  const answered = attempts.filter(({ result }) => result !== 'redirected');
  return (
    answered.find(({ problem }) => problem === 'issuer-mismatch' || problem === 'incomplete') ??
    answered.find(({ result }) => result === 'invalid') ??
    answered.find(({ result }) => result === 'unreachable') ??
    answered[0]
  );
}

function told(attempt: Attempt | undefined): string {
  return attempt
    ? `At ${quoteUrl(attempt.url)}: ${attempt.detail ?? 'of no use.'}`
    : 'Nothing could be asked.';
}

/** The code all attempts failed with, when the network was all that failed. */
function networkFault(attempts: readonly Attempt[]): FaultCode | undefined {
  const [first] = attempts;
  const same = attempts.every(
    ({ result, problem }) => result === 'unreachable' && problem === first?.problem,
  );
  return same && first?.problem?.startsWith('net.') ? (first.problem as FaultCode) : undefined;
}

/**
 * Why a report with no authorization server to use has none. Codes: `discovery.resource-mismatch`,
 * `discovery.no-authorization-server`, `discovery.no-metadata`, and the `net.*` code when every question, or
 * each about the authorization servers, failed with the same one.
 */
export function faultOf(report: DiscoveryReport): Fault {
  const asked = report.resourceMetadata.attempts;
  const host = new URL(report.server).host;
  const ofIssuers = report.issuers.flatMap(({ metadata }) => metadata.attempts);

  const network = networkFault([...asked, ...ofIssuers]);
  if (network) {
    return new Fault(network, `${host} could not be asked where to sign in. ${told(asked[0])}`, {
      remedy: 'Check the URL, and whether this machine reaches it; then try again.',
      evidence: evidenceOf(asked),
    });
  }

  const fenced = ofIssuers.find(({ problem }) => problem === 'net.private-address');
  if (fenced) {
    return new Fault(
      'net.private-address',
      `${host} is public but names an authorization server on a private network. ${told(fenced)}`,
      {
        remedy: 'If you know that address and trust it, add --allow-private for this server.',
        evidence: evidenceOf([fenced]),
      },
    );
  }

  const mismatch = asked.find(({ problem }) => problem === 'resource-mismatch');
  if (mismatch && !report.resourceMetadata.found) {
    return new Fault(
      'discovery.resource-mismatch',
      `The resource metadata of ${host} is for another server and is not believed. ${told(mismatch)}`,
      {
        remedy: `Use the URL it speaks for, or have the operator set "resource" to the server's public URL.`,
        evidence: evidenceOf([mismatch]),
      },
    );
  }

  if (report.resourceMetadata.found?.authorizationServers.length) {
    const unreached = networkFault(ofIssuers);
    if (unreached) {
      return new Fault(
        unreached,
        `The authorization server that ${host} names could not be reached. ${told(ofIssuers[0])}`,
        {
          remedy: 'Check this machine’s network and its proxy variables, then the address; then try again.',
          evidence: evidenceOf(ofIssuers),
        },
      );
    }
    return new Fault(
      'discovery.no-metadata',
      `The authorization server that ${host} names has no metadata that can be used. ${told(tellingOf(ofIssuers))}`,
      {
        remedy:
          'Have its operator publish metadata whose "issuer" is, letter for letter, the one the resource metadata names.',
        evidence: evidenceOf(ofIssuers),
      },
    );
  }

  const local = tellingOf(ofIssuers);
  if (local && local.result !== 'absent') {
    return new Fault(
      'discovery.no-metadata',
      `${host} names no authorization server, and the metadata on its own host cannot be used. ${told(local)}`,
      {
        remedy:
          'Try again if this was an outage; else have its operator publish resource metadata (RFC 9728) naming its authorization server.',
        evidence: evidenceOf([...asked, ...ofIssuers]),
      },
    );
  }
  if (wantsOther(report.challenges)) {
    const named = [...new Set(report.challenges.map(({ scheme }) => scheme))];
    const schemes = named
      .slice(0, 5)
      .map(each => word(each))
      .join(', ');
    return new Fault(
      'discovery.no-authorization-server',
      `${host} asks for credentials of its own kind (${schemes}) and not for a sign-in.`,
      {
        remedy: 'Give them with --header "Authorization: …", or with --header-file.',
        evidence: evidenceOf([...asked, ...ofIssuers]),
      },
    );
  }
  return new Fault(
    'discovery.no-authorization-server',
    `${host} does not say where to sign in. ${told(tellingOf(asked))}`,
    {
      remedy: 'Have its operator publish resource metadata (RFC 9728) that names an authorization server.',
      evidence: evidenceOf([...asked, ...ofIssuers]),
    },
  );
}
