import type { FlowField } from '../api/window.ts';
import { plain } from '../base/text.ts';
import type { Parameter } from '../oauth/asking.ts';
import { parseChallenges } from '../oauth/challenge.ts';
import type { DiscoveryReport } from '../oauth/report.ts';
import type { Exchange } from '../trace/event.ts';

const LONGEST = 1_000;
const MOST = 40;

/** Members that are explained under another name. */
const TERMS: Readonly<Record<string, string>> = {
  redirect_uris: 'redirect_uri',
  grant_types: 'grant_type',
  response_types: 'response_type',
  scopes_supported: 'scope',
  authorization_servers: 'issuer',
  code_challenge_methods_supported: 'code_challenge_method',
  device_authorization_endpoint: 'device_code',
};

/** Of an authorization server's metadata, what a sign-in rests on. */
const OF_SERVER = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'device_authorization_endpoint',
  'code_challenge_methods_supported',
  'scopes_supported',
  'grant_types_supported',
  'token_endpoint_auth_methods_supported',
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
];
const OF_RESOURCE = ['resource', 'authorization_servers', 'scopes_supported', 'bearer_methods_supported'];

/** Parameters that may be shown. */
export function fieldsOf(parameters: Iterable<Parameter>): FlowField[] {
  return [...parameters].slice(0, MOST).map(([name, value]) => {
    const term = TERMS[name];
    return { name: plain(name, 100), value: plain(value, LONGEST), ...(term === undefined ? {} : { term }) };
  });
}

/** What the server said in its challenge, as it was recorded. */
export function challengeFields(exchange: Exchange | undefined): FlowField[] {
  if (exchange?.outcome.kind !== 'answered') return [];
  const { status, headers } = exchange.outcome;
  const values = headers.filter(([name]) => name.toLowerCase() === 'www-authenticate');
  const challenges = parseChallenges(values.map(([, value]) => value));
  return fieldsOf([
    ['status', String(status)],
    ...challenges.flatMap(({ scheme, params }): Parameter[] => [
      ['scheme', scheme],
      ...Object.entries(params),
    ]),
  ]);
}

export function resourceFields({ resourceMetadata: { found } }: DiscoveryReport): FlowField[] {
  return found ? fieldsOf(members(found.raw, OF_RESOURCE)) : [];
}

export function serverFields({ chosen }: DiscoveryReport): FlowField[] {
  return chosen ? fieldsOf(members(chosen.raw, OF_SERVER)) : [];
}

function members(document: Readonly<Record<string, unknown>>, names: readonly string[]): Parameter[] {
  return names.flatMap((name): Parameter[] => {
    const value = document[name];
    if (value === undefined) return [];
    const text = Array.isArray(value)
      ? value.join(' ')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
    return [[name, text]];
  });
}

/** The line a request begins with, without what its query says. */
export function lineOf(method: string, address: string): string {
  const url = URL.parse(address);
  return `${method} ${url ? plain(url.pathname, 200) : plain(address, 200)}`;
}
