import type { LabOptions } from '../lab.ts';
import type { Stage } from './stage.ts';

/** The lab itself, with real tokens: what differs shows after a sign-in. */
function whole(name: string, about: string, options: LabOptions, shows: readonly string[] = []): Stage {
  return {
    name,
    about,
    shows: [],
    further: { flag: '--login', shows },
    start: async ports => {
      const { startLab } = await import('../lab.ts');
      const { serverUrl, ports: its, close } = await startLab({ ...ports, ...options });
      return { url: serverUrl, ports: its, close };
    },
  };
}

/** How access tokens look, and how the server checks them. */
export const TOKENS = [
  whole('jwt', 'Tokens are signed, and the server checks the signature.', { accessTokens: 'jwt' }),
  whole('introspection', 'Tokens are random, and the server asks the authorization server about each.', {
    accessTokens: 'opaque',
  }),
  whole('aud-string', 'Tokens are for one audience, as a string.', { accessTokens: 'jwt' }),
  whole(
    'aud-array',
    'Tokens name their audience in a list, and the server compares one string.',
    { accessTokens: 'jwt', audienceList: true },
    ['TOK-15', 'MCP-01'],
  ),
];
