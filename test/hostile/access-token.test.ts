import { expect, test } from 'vitest';
import { refresh } from '../../src/oauth/token.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { grant, ISSUER, registration } from '../support/installation.ts';

test.each(['line\nbreak', 'carriage\rreturn', 'a space', 'nul\0', 'é', '\ud83d\ude00', '\u2028'])(
  'an access token like %j, which no header field carries, is refused without being shown',
  async token => {
    const body = { access_token: token, token_type: 'Bearer' };
    const world = fakeWorld({ servers: { [ISSUER]: () => Response.json(body) } });
    const span = fakeSpan(world);
    const refused = await refresh(grant(), registration(), { span }, world.now).catch(fault => fault);
    expect(refused).toMatchObject({
      code: 'token.refused',
      message: `${ISSUER} issued an access token that cannot be sent.`,
      remedy: expect.stringContaining('Report it to its operator'),
    });
    expect(JSON.stringify([refused, span.notes])).not.toContain(token);
  },
);
