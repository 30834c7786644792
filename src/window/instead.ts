import type { ExamineRequest } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { flawOf, OF_A_CLIENT, type OverrideName } from '../doctor/flaw.ts';
import { ENDPOINTS } from '../doctor/overrides.ts';

/** How a person calls them. */
const CALLED: Readonly<Record<OverrideName, string>> = {
  resource_metadata: 'The address of the resource metadata',
  issuer: 'The authorization server',
  authorization_endpoint: 'The authorization endpoint',
  token_endpoint: 'The token endpoint',
  registration_endpoint: 'The registration endpoint',
  client_id: 'The client id',
  scope: 'The list of scopes',
  resource: 'The resource',
};

/**
 * Holds what is asked in the place of what the servers say to what a command line of the doctor takes. Throws
 * `usage.flag`, the report's name of it in `data.field`.
 */
export function checkInstead({
  resourceMetadata,
  issuers = [],
  overrides = {},
  active,
}: ExamineRequest): void {
  const { endpoints = {}, clientId, scope, resource } = overrides;
  const given: [OverrideName, string | undefined][] = [
    ['resource_metadata', resourceMetadata],
    ...issuers.map((each): [OverrideName, string] => ['issuer', each]),
    ...ENDPOINTS.map((name): [OverrideName, string | undefined] => [name, endpoints[name]]),
    ['client_id', clientId],
    ['scope', scope],
    ['resource', resource],
  ];
  for (const [name, value] of given) {
    if (value === undefined) continue;
    const isIdle = active !== true && OF_A_CLIENT.some(each => each === name);
    const flaw = isIdle ? 'says something only with the trial sign-up.' : flawOf(name, value);
    if (flaw === undefined) continue;
    throw new Fault('usage.flag', `${CALLED[name]} ${flaw}`, {
      remedy: 'Correct it, or leave it empty.',
      data: { field: name },
    });
  }
}
