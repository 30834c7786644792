import type { JsonObject } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import { type ListedServer, toWords, variablesOf } from './listed.ts';
import type { Program } from './surroundings.ts';

/** What stands where a secret belongs. */
const TO_FILL_IN = 'put the value here';

/**
 * What a host's configuration says to use a server through Keybridge, as JSON, by a name of its own. Each secret is a variable of the
 * entry's own environment, to be filled in by whoever pastes it.
 */
export function hostEntry(name: string, listed: ListedServer, { command, args, env }: Program): string {
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
  return `${JSON.stringify({ mcpServers: { [name]: entry } }, null, 2)}\n`;
}
