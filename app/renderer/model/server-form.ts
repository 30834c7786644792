import type { KnownServer, ServerChange } from '../../../src/api/window.ts';
import type { Transport } from '../../../src/broker/settings.ts';

/** A server's settings while a person changes them. */
export interface ServerForm {
  name: string;
  scopes: string;
  resource: string;
  noResource: boolean;
  clientId: string;
  /** `undefined`: as it was. The empty string: none. */
  clientSecret: string | undefined;
  clientMetadataUrl: string;
  headers: readonly HeaderField[];
  extraCa: string;
  assumePkce: boolean;
  allowPrivate: boolean;
  allowHttp: boolean;
  transport: Transport;
  /** The empty string: what is known of the issuer. */
  preset: string;
}

export interface HeaderField {
  id: number;
  name: string;
  /** `undefined`: as it was. */
  value: string | undefined;
}

/** What `--preset` takes. */
export const PRESET_NAMES = [
  'entra',
  'entra-v1',
  'google',
  'auth0',
  'okta',
  'cognito',
  'keycloak',
  'atlassian',
  'github',
  'slack',
  'none',
] as const;

export const TRANSPORTS = ['http-first', 'sse-first', 'http-only', 'sse-only'] as const satisfies Transport[];

export function formOf({ name, settings }: Pick<KnownServer, 'name' | 'settings'>): ServerForm {
  return {
    name: name ?? '',
    scopes: settings.scopes?.join(' ') ?? '',
    resource: settings.resource ?? '',
    noResource: settings.resource === '',
    clientId: settings.clientId ?? '',
    clientSecret: undefined,
    clientMetadataUrl: settings.clientMetadataUrl ?? '',
    headers: settings.headers.map((header, id) => ({ id, name: header, value: undefined })),
    extraCa: settings.extraCa ?? '',
    assumePkce: settings.assumePkce,
    allowPrivate: settings.allowPrivate,
    allowHttp: settings.allowHttp,
    transport: settings.transport,
    preset: settings.preset ?? '',
  };
}

/** What of a form is other than what is kept. */
export function changeOf(form: ServerForm, server: Pick<KnownServer, 'name' | 'settings'>): ServerChange {
  const before = formOf(server);
  const headers = headerChange(form, before);
  const change: ServerChange = {
    ...text('name'),
    ...(form.scopes.trim() === before.scopes ? {} : { scopes: words(form.scopes) }),
    ...(resourceOf(form) === resourceOf(before) ? {} : { resource: resourceOf(form) }),
    ...text('clientId'),
    ...(form.clientSecret === undefined ? {} : { clientSecret: form.clientSecret || null }),
    ...text('clientMetadataUrl'),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...text('extraCa'),
    ...same('assumePkce'),
    ...same('allowPrivate'),
    ...same('allowHttp'),
    ...same('transport'),
    ...text('preset'),
  };
  return change;

  function text(field: 'name' | 'clientId' | 'clientMetadataUrl' | 'extraCa' | 'preset'): ServerChange {
    const value = form[field].trim();
    return value === before[field] ? {} : { [field]: value === '' ? null : value };
  }
  function same(field: 'assumePkce' | 'allowPrivate' | 'allowHttp' | 'transport'): ServerChange {
    return form[field] === before[field] ? {} : { [field]: form[field] };
  }
}

export function isChanged(change: ServerChange): boolean {
  return Object.keys(change).length > 0;
}

function words(scopes: string): string[] | null {
  const all = scopes.split(/\s+/).filter(each => each !== '');
  return all.length === 0 ? null : all;
}

function resourceOf({ resource, noResource }: ServerForm): string | null {
  if (noResource) return '';
  return resource.trim() === '' ? null : resource.trim();
}

function headerChange(form: ServerForm, before: ServerForm): Record<string, string | null> {
  const change: Record<string, string | null> = {};
  const kept = new Set(form.headers.filter(({ value }) => value === undefined).map(({ name }) => name));
  for (const { name } of before.headers) if (!kept.has(name)) change[name] = null;
  for (const { name, value } of form.headers) {
    if (value !== undefined && !(name.trim() === '' && value === '')) change[name.trim()] = value;
  }
  return change;
}
