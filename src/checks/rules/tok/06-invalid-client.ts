import { thread } from '../../references.ts';
import { saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'TOK-06',
  name: 'invalid_client-method',
  severity: 'broken',
  references: [
    thread('openai/codex', 40928),
    thread('archestra-ai/archestra', 7977),
    thread('metatool-ai/metamcp', 342),
  ],
  follows: ['ASM-18', 'REG-07', 'TOK-03', 'TOK-05', 'TOK-07'],
  pattern: /\binvalid_client\b|missing.{0,10}client[_ ]?(?:id|secret)|client authentication failed/i,
  where: ['token'],
  say: (complaint, view) => {
    const { client } = view.examination.flow ?? {};
    return {
      title: `The token endpoint does not recognize the client${client ? `, which authenticates with ${client.method}` : ''}.`,
      detail: `The authorization page knew it. So it is how the client shows who it is: in the header (client_secret_basic), in the body (client_secret_post) or without a secret (none).${words(complaint)}`,
      remedy:
        'Accept the method that the client was registered with, and list in token_endpoint_auth_methods_supported what is accepted.',
    };
  },
});
