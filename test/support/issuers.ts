import { asm, OAUTH, prm, RESOURCE } from './discovery.ts';
import { examined, ISSUER, RIGHT_ISSUER, SERVER } from './examination.ts';
import type { Handler } from './fake-world.ts';

/** Server metadata as it should be, in full. */
export const full = (issuer: string, more: object = {}) =>
  asm(issuer, { ...RIGHT_ISSUER[OAUTH], issuer, ...at(issuer), ...more });

const at = (issuer: string) => ({
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
});

/** Resource metadata that names one issuer. */
export const naming = (issuer: string, more: object = {}) => ({
  [`${RESOURCE}/mcp`]: { ...prm(SERVER, issuer), scopes_supported: ['mcp'], ...more },
});

/** Examines the server with an issuer under /tenant, which answers just what is given. */
export function withTenant(paths: Record<string, object | Handler>, issuer = TENANT) {
  return examined(naming(issuer), paths);
}

export const TENANT = `${ISSUER}/tenant`;

/** A redirect. */
export const moved =
  (status: number, location: string): Handler =>
  () =>
    new Response('', { status, headers: { location } });
