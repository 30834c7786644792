import { expect, it } from 'vitest';
import { discover } from '../../src/oauth/discover.ts';
import type { ServerMetadata } from '../../src/oauth/report.ts';
import { asm, OAUTH, paths, prm, RESOURCE } from '../support/discovery.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld } from '../support/fake-world.ts';

const registering = asm('https://two.example', { registration_endpoint: 'https://two.example/register' });
const servers = {
  'https://mcp.example': paths({
    [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://one.example', 'https://two.example'),
  }),
  'https://one.example': paths({ [OAUTH]: asm('https://one.example') }),
  'https://two.example': paths({ [OAUTH]: registering }),
};

async function chosen(prefer?: (metadata: ServerMetadata) => boolean): Promise<string | undefined> {
  const world = fakeWorld({ servers });
  const options = { sleep: world.sleep, refusal: { challenges: [] }, prefer };
  return (await discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options)).chosen?.issuer;
}

it('takes, of several authorization servers, the first one that the client prefers', async () => {
  expect(await chosen(server => server.registrationEndpoint !== undefined)).toBe('https://two.example');
});

it('takes the first that can be used where none is preferred, or nothing said', async () => {
  expect(await chosen(() => false)).toBe('https://one.example');
  expect(await chosen()).toBe('https://one.example');
});
