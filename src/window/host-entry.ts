import type { JsonObject } from '../base/json.ts';
import { shownUrl, withoutEnds } from '../base/text.ts';
import { type ListedServer, toWords, variablesOf } from './listed.ts';
import type { Program } from './surroundings.ts';

/** What stands where a secret belongs. */
const TO_FILL_IN = 'put the value here';

/**
 * What a host's configuration says to use a server through Keybridge, as JSON. Each secret is a variable of the
 * entry's own environment, to be filled in by whoever pastes it.
 */
export function hostEntry(listed: ListedServer, { command, args, env }: Program): string {
  const [, ...words] = toWords(listed);
  const variables: JsonObject = { ...env };
  for (const variable of variablesOf(listed)) variables[variable] = TO_FILL_IN;
  if (listed.extraCa !== undefined) variables.NODE_EXTRA_CA_CERTS = '/path/to/certificates.pem';
  const entry = {
    command,
    // A query may hold a key: its values are left out.
    args: [...args, shownUrl(listed.server), ...words],
    ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
  };
  return `${JSON.stringify({ mcpServers: { [called(listed)]: entry } }, null, 2)}\n`;
}

/** Some hosts make tool names of it, so it is kept plain. */
function called({ name, server, profile }: ListedServer): string {
  const { hostname } = new URL(server);
  const plain = withoutEnds((name ?? hostname).replace(/[^\p{L}\p{N}]+/gu, '-'), '-');
  const base = plain === '' ? 'server' : plain;
  return profile === 'default' ? base : `${base}-${profile.replace(/[^\p{L}\p{N}]+/gu, '-')}`;
}
