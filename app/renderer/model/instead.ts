import type { ExamineRequest } from '../../../src/api/window.ts';
import type { Overrides } from '../../../src/doctor/overrides.ts';

/** What is asked in the place of what the servers say. */
export type Instead = Pick<ExamineRequest, 'resourceMetadata' | 'issuers' | 'overrides'>;

/** Where to ask, and what says something only when a client signs up for a trial. */
export const PLACES = ['resourceMetadata', 'issuer', 'authorization', 'token'] as const;
export const OF_A_CLIENT = ['registration', 'clientId', 'scope', 'resource'] as const;
export type InsteadField = (typeof PLACES)[number] | (typeof OF_A_CLIENT)[number];

/** As the fields of a form; an empty one says nothing. */
export function toFields({
  resourceMetadata = '',
  issuers = [],
  overrides = {},
}: Instead): Record<InsteadField, string> {
  const { endpoints = {}, clientId = '', scope = '', resource = '' } = overrides;
  return {
    resourceMetadata,
    issuer: issuers[0] ?? '',
    authorization: endpoints.authorization_endpoint ?? '',
    token: endpoints.token_endpoint ?? '',
    registration: endpoints.registration_endpoint ?? '',
    clientId,
    scope,
    resource,
  };
}

/** What the fields of a form say. */
export function fromFields(fields: Readonly<Partial<Record<InsteadField, string>>>): Instead {
  const said = (name: InsteadField) => fields[name]?.trim() || undefined;
  const [resourceMetadata, issuer] = [said('resourceMetadata'), said('issuer')];
  const scope = said('scope')?.split(/\s+/).join(' ');
  const endpoints = known({
    authorization_endpoint: said('authorization'),
    token_endpoint: said('token'),
    registration_endpoint: said('registration'),
  });
  const overrides: Overrides = {
    ...(Object.keys(endpoints).length > 0 ? { endpoints } : {}),
    ...known({ clientId: said('clientId'), scope, resource: said('resource') }),
  };
  return {
    ...known({ resourceMetadata }),
    ...(issuer === undefined ? {} : { issuers: [issuer] }),
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
  };
}

/** What of it goes with an examination: what is a client's only where one signs up. */
export function insteadFor(instead: Instead, active: boolean): Instead {
  if (active) return instead;
  const fields: Partial<Record<InsteadField, string>> = toFields(instead);
  for (const name of OF_A_CLIENT) delete fields[name];
  return fromFields(fields);
}

function known<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
