import { fieldText } from '../base/text.ts';
import { looksSecret } from '../oauth/resource.ts';
import type { Span } from '../trace/event.ts';
import type { BridgeSettings } from './settings.ts';

/** What the user gave as a secret is one in every text of the trace. */
export function learnSecrets(settings: BridgeSettings, span: Span): void {
  // As it is written, and as it is sent.
  const both = settings.headers.flatMap(([name, value]) => [
    [name, value] as const,
    [name, fieldText(value)] as const,
  ]);
  for (const [name, value] of both) {
    // However short it is: what the user names as a secret is one wherever it stands alone.
    if (value) span.secret(value);
    // A scheme before it is no part of the secret.
    if (name.toLowerCase() === 'authorization') span.secret(value.replace(/^\S+\s+/, ''));
  }
  // Some servers take their key in the query, under whatever name.
  for (const [name, value] of new URL(settings.server).searchParams) {
    if (value && looksSecret(name, value)) span.secret(value);
  }
  const secret = settings.client.staticClient?.clientSecret;
  if (secret) span.secret(secret);
}
