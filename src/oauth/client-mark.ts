import type { ClientOptions } from './client-options.ts';

/**
 * What of these options decides which grant is meant, as a text to compare; empty where the user says
 * nothing of the kind. Command lines that differ in it never share a grant.
 */
export function grantMark(options: ClientOptions): string {
  const { resource, scope, clientMetadata, staticClient, clientMetadataUrl, preset } = options;
  return textOf({
    resource,
    scope,
    authorizeParams: options.authorizeParams && Object.entries(options.authorizeParams).sort(),
    clientMetadata,
    clientId: staticClient?.clientId,
    clientMetadataUrl,
    preset,
    ofClient: options.grant === 'client-credentials' || undefined,
    tokenEndpoint: options.tokenEndpoint,
    useIdToken: options.useIdToken || undefined,
  });
}

/**
 * The same, and what decides how it is come by: who differs in that does not wait for the other's sign-in.
 * A client that is registered for its callback cannot go on with another. It may hold a secret.
 */
export function signInMark(options: ClientOptions): string {
  const { staticClient, clientMetadataUrl, callback } = options;
  const isFixed = staticClient !== undefined || clientMetadataUrl !== undefined;
  return textOf({
    grant: grantMark(options) || undefined,
    device: options.grant === 'device-code' || undefined,
    staticClient,
    callback: isFixed ? callback : undefined,
  });
}

function textOf(parts: Record<string, unknown>): string {
  const text = JSON.stringify(parts);
  return text === '{}' ? '' : text;
}
