import * as second from '@modelcontextprotocol/client';
import * as first from '@modelcontextprotocol/sdk/client/auth.js';
import { expect, test } from 'vitest';
import type { HeaderList } from '../../src/base/world.ts';
import { View } from '../../src/checks/view.ts';
import { type ClientWalk, clientNamed, walk } from '../../src/doctor/walk.ts';
import { OAUTH, paths } from '../support/discovery.ts';
import { RIGHT, RIGHT_ISSUER, SERVER } from '../support/examination.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { examinedStage, STAGES, type Stage } from '../support/staged.ts';

const REDIRECT = 'http://127.0.0.1:9/callback';

/** What the SDK itself did: the documents it asked for, where it registered, and whether a browser was due. */
interface Deed {
  asked: string[];
  registeredAt?: string;
  authorizes: boolean;
  redeems: boolean;
}

/** Lets a real SDK sign in to staged servers, as its transports do: from the refusal of a POST. */
async function deed(sdk: typeof first | typeof second, stage: Stage): Promise<Deed> {
  const { url: serverUrl = SERVER } = stage;
  const registered = () => Response.json({ client_id: 'c', redirect_uris: [REDIRECT] }, { status: 201 });
  // A server without metadata takes no registration, one of 2025-03-26 does.
  const registers = stage.server?.[OAUTH] ? { '/register': registered } : {};
  const world = fakeWorld({
    servers: {
      'https://mcp.example': paths({ ...RIGHT, ...stage.server, ...registers }),
      'https://as.example': paths({ ...RIGHT_ISSUER, '/register': registered, ...stage.issuer }),
    },
  });
  const done: Deed = { asked: [], authorizes: false, redeems: false };
  const fetchFn = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET', headers } = init;
    const url = new URL(input).href;
    if (method === 'GET') done.asked.push(url);
    else if (url.endsWith('/register')) done.registeredAt = url;
    else if (url.endsWith('/token')) done.redeems = true;
    const list: HeaderList = [...new Headers(headers)];
    return (await world.dial({ method, url, headers: list })).response;
  };
  let information: { client_id: string } | undefined;
  let state: second.OAuthDiscoveryState | undefined;
  const provider = {
    redirectUrl: REDIRECT,
    clientMetadata: { redirect_uris: [REDIRECT] },
    clientInformation: () => information,
    saveClientInformation: (given: { client_id: string }) => {
      information = given;
    },
    tokens: () => undefined,
    saveTokens: () => {},
    redirectToAuthorization: () => {
      done.authorizes = true;
    },
    saveCodeVerifier: () => {},
    codeVerifier: () => 'verifier',
    discoveryState: () => state,
    saveDiscoveryState: (given: second.OAuthDiscoveryState) => {
      state = given;
    },
  };
  const refusal = await fetchFn(serverUrl, { method: 'POST' });
  const { resourceMetadataUrl } = sdk.extractWWWAuthenticateParams(refusal);
  const options = { serverUrl, fetchFn, ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}) };
  const result = await sdk.auth(provider, options).catch(() => 'failed');
  if (result === 'REDIRECT') {
    const asked = [...done.asked];
    await sdk.auth(provider, { ...options, authorizationCode: 'code' }).catch(() => {});
    done.asked = asked;
  }
  return done;
}

/** What the walk says it does. */
function told({ result, reason, steps }: ClientWalk): Deed {
  const asked = steps.slice(1).filter(({ verdict }) => !verdict.startsWith('guessed'));
  const authorizes = result === 'through' || reason.startsWith('after the sign-in');
  return {
    asked: asked.map(({ url }) => url),
    ...(result === 'guesses' ? { registeredAt: reason.replace(/\/authorize,.*/, '/register') } : {}),
    authorizes,
    redeems: result === 'through',
  };
}

for (const [name, sdk] of [
  ['typescript-sdk-1', first],
  ['typescript-sdk-2', second],
] as const) {
  test.for(Object.entries<Stage>(STAGES))(`${name} itself does what is said of it: %s`, async ([, stage]) => {
    const client = clientNamed(name);
    if (!client) throw new Error(name);
    const said = walk(client, new View(await examinedStage(stage)));
    const did = await deed(sdk, stage);
    const expected = told(said);
    expect(did.asked).toEqual(expected.asked);
    expect([did.authorizes, did.redeems]).toEqual([expected.authorizes, expected.redeems]);
    if (expected.registeredAt) expect(did.registeredAt).toBe(expected.registeredAt);
    else if (!expected.authorizes) expect(did.registeredAt).toBeUndefined();
  });
}
