import { Fault } from '../base/fault.ts';
import { View } from '../checks/view.ts';
import { lookUp } from '../oauth/discover.ts';
import { readResourceMetadata } from '../oauth/metadata.ts';
import type { DiscoveryReport, ResourceMetadata, ServerMetadata } from '../oauth/report.ts';
import type { FlowProbes } from './flow-probes.ts';

/**
 * What discovery found, with what the user names in its place; `undefined` for an issuer, which has no report.
 * Throws `discovery.resource-mismatch` and `discovery.no-metadata` for documents the user names that cannot be used.
 */
export async function reportFor(probes: FlowProbes): Promise<DiscoveryReport | undefined> {
  const { before, options } = probes;
  const report = before.discovery;
  if (!report) return undefined;
  const named = namedMetadata(probes);
  const issuers = options.issuers?.length ? options.issuers : named?.authorizationServers;
  const isOther = named !== undefined || (options.issuers?.length ?? 0) > 0;
  const [issuer] = issuers ?? [];
  const found = isOther ? issuer && (await look(issuer, probes)) : report.chosen;
  const listed = issuer ?? report.issuers[0]?.issuer ?? new URL(report.server).origin;
  const chosen = withEndpoints(found || undefined, listed, probes);
  if (isOther && !chosen)
    throw new Fault(
      'discovery.no-metadata',
      `No metadata of ${issuer ?? 'an authorization server'} is found.`,
      {
        remedy: 'Name the issuer exactly as its metadata has it, or name its endpoints as well.',
      },
    );
  const { chosen: _, ...rest } = report;
  return {
    ...rest,
    ...(named ? { resourceMetadata: { attempts: report.resourceMetadata.attempts, found: named } } : {}),
    ...(chosen ? { chosen } : {}),
    ...(chosen && chosen !== report.chosen && report.path === 'none' ? { path: 'named-endpoint' } : {}),
  };
}

/** The document at the address the user names. It must speak for the server all the same. RFC 9728 §3.3. */
function namedMetadata({ before, options }: FlowProbes): ResourceMetadata | undefined {
  if (options.resourceMetadata === undefined) return undefined;
  const answer = new View(before).final('resource-named');
  const bytes = new TextEncoder().encode(answer?.text ?? '');
  const read =
    answer?.status === 200
      ? readResourceMetadata(
          { url: answer.url, contentType: answer.field('content-type'), bytes },
          new URL(before.target),
        )
      : undefined;
  if (read?.ok) return read.value;
  const detail = read ? read.detail : `It answers ${answer?.status ?? 'nothing'}.`;
  throw new Fault(
    'discovery.resource-mismatch',
    `The resource metadata that was named cannot be used. ${detail}`,
  );
}

async function look(issuer: string, { before, span, world, options }: FlowProbes) {
  const { network, allowHttp, timeout, signal } = options;
  const told = { network, allowHttp, timeout, signal, sleep: world.sleep, reach: before.discovery?.reach };
  return (await lookUp(issuer, new URL(before.target), span, { ...told, withoutPage: true }))?.chosen;
}

function withEndpoints(
  found: ServerMetadata | undefined,
  issuer: string,
  { options }: FlowProbes,
): ServerMetadata | undefined {
  const {
    authorization_endpoint: page,
    token_endpoint: token,
    registration_endpoint: register,
  } = options.overrides?.endpoints ?? {};
  if (page === undefined && token === undefined && register === undefined) return found;
  // Whoever names the endpoints answers for PKCE as well.
  const unknown: ServerMetadata = {
    url: issuer,
    issuer,
    codeChallengeMethodsSupported: ['S256'],
    clientIdMetadataDocumentSupported: false,
    authorizationResponseIssParameterSupported: false,
    raw: {},
  };
  const chosen: ServerMetadata = {
    ...(found ?? unknown),
    ...(page === undefined ? {} : { authorizationEndpoint: page }),
    ...(token === undefined ? {} : { tokenEndpoint: token }),
    ...(register === undefined ? {} : { registrationEndpoint: register }),
  };
  return chosen.tokenEndpoint === undefined ? found : chosen;
}
