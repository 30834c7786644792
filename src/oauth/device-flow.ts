import * as client from 'openid-client';
import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { asking } from './asking.ts';
import type { Grant } from './grant.ts';
import { thrownByFetch } from './library-error.ts';
import type { ServerMetadata } from './report.ts';
import { answeredWith } from './said.ts';
import type { Begun, SignInStep } from './sign-in.ts';
import { configure, remedyFor, tokenFault } from './token.ts';

/** The grant type of RFC 8628 §3.4. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Seconds between two questions where the server names none, and what each `slow_down` adds. RFC 8628 §3.2, §3.5. */
const INTERVAL = 5;
const SLOW_DOWN = 5;
/** Seconds between two questions, whatever the server says or fails to say. */
const SHORTEST = 1;
const LONGEST = 300;
/** Seconds; what is valid for longer is asked for anew by then. */
const LONGEST_LIFE = 24 * 60 * 60;
const LONGEST_LINK = 2_000;
/** Shorter codes are words of everyday sentences, which the trace would lose. */
const SHORTEST_SECRET = 6;

/** Throws `sign-in.device-unsupported` for a server that has no place to ask for a code. */
export function requireDeviceFlow({ issuer, deviceAuthorizationEndpoint }: ServerMetadata): void {
  if (deviceAuthorizationEndpoint) return;
  throw new Fault('sign-in.device-unsupported', `${issuer} does not offer sign-ins with a device code.`, {
    remedy: 'Leave out --device-code: `keybridge login` takes a pasted answer where no browser is at hand.',
  });
}

/**
 * The device authorization grant: the user enters a code in any browser, and the server is asked now and
 * then whether that has happened.
 *
 * Throws `sign-in.expired`, `sign-in.denied`, `sign-in.failed`, `registration.stale`, `token.*` and `net.*`.
 * RFC 8628.
 */
export async function* deviceFlow(
  begun: Begun,
  world: Pick<World, 'now' | 'sleep'>,
): AsyncGenerator<SignInStep, Grant, void> {
  const { request, server, registration, wish, reach } = begun;
  const { span, signal } = reach;
  const first = codeParameters(begun);
  await request.before?.(asking('device', server, registration, first));
  const device = await askForCode(begun, first);
  const asked = world.now();
  span.secret(device.device_code);
  const { url, userCode } = linkOf(device, server.issuer);
  if (userCode.length >= SHORTEST_SECRET) span.secret(userCode);
  yield { step: 'authorize', url, userCode, state: '', scope: wish.scope };

  const expired = () =>
    new Fault('sign-in.expired', `Nobody entered the code for ${request.server.host} in time.`, {
      remedy: 'Ask again for a new one.',
    });
  const configuration = configure(server, registration, 'token', reach);
  const parameters = new URLSearchParams({ device_code: device.device_code });
  if (wish.resource) parameters.set('resource', wish.resource);
  const end = asked + Math.min(device.expires_in, LONGEST_LIFE) * 1000;
  await request.before?.(asking('token', server, registration, [['grant_type', DEVICE_CODE], ...parameters]));
  let pause = Math.min(Math.max(device.interval ?? INTERVAL, SHORTEST), LONGEST);
  for (;;) {
    await world.sleep(Math.max(0, Math.min(pause * 1000, end - world.now())), signal);
    if (world.now() >= end) throw expired();
    const tokens = await client.genericGrantRequest(configuration, DEVICE_CODE, parameters).catch(error => {
      signal.throwIfAborted();
      switch (codeOf(error)) {
        case 'authorization_pending':
          break;
        case 'slow_down':
          pause = Math.min(pause + SLOW_DOWN, LONGEST);
          break;
        case 'expired_token':
          throw expired();
        default:
          pause = pauseAfter(error, pause, server.issuer);
      }
    });
    if (!tokens) continue;
    yield { step: 'arrived', parameters: [] };
    return begun.grant(tokens);
  }
}

function codeParameters({ wish }: Begun): URLSearchParams {
  // A code is entered and confirmed by somebody in any case.
  const { prompt: _page, ...further } = wish.parameters;
  const parameters = new URLSearchParams(further);
  if (wish.scope.length > 0) parameters.set('scope', wish.scope.join(' '));
  if (wish.resource) parameters.set('resource', wish.resource);
  return parameters;
}

async function askForCode({ server, registration, reach }: Begun, parameters: URLSearchParams) {
  const configuration = configure(server, registration, 'device', reach);
  try {
    return await client.initiateDeviceAuthorization(configuration, parameters);
  } catch (error) {
    reach.signal.throwIfAborted();
    throw refusal(error, server.issuer);
  }
}

/** Where to go and what to enter. Both are shown to people, and the first is opened. */
function linkOf(answer: client.DeviceAuthorizationResponse, issuer: string): { url: URL; userCode: string } {
  const url = pageOf(answer.verification_uri_complete) ?? pageOf(answer.verification_uri);
  const userCode = answer.user_code.trim();
  if (!url || !/^[\p{L}\p{N}\p{P}\p{S} ]{1,64}$/u.test(userCode)) {
    throw new Fault(
      'sign-in.failed',
      url
        ? `${issuer} gave a code that nobody could enter.`
        : `${issuer} did not say by an https address where the code is to be entered.`,
      { remedy: 'Tell its operator; `keybridge trace` shows the answer.' },
    );
  }
  return { url, userCode };
}

function pageOf(text: string | undefined): URL | undefined {
  const url = text === undefined || text.length > LONGEST_LINK ? null : URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  return url && isWeb && !url.username && !url.password ? url : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof client.ResponseBodyError ? error.error.toLowerCase() : undefined;
}

/** A server that is out is asked less and less often (RFC 8628 §3.5); what will not be better is thrown. */
function pauseAfter(error: unknown, pause: number, issuer: string): number {
  const fault = refusal(error, issuer);
  if (fault.code !== 'token.unavailable') throw fault;
  return Math.min(Math.max(pause * 2, Number(fault.data?.retryAfter ?? 0)), LONGEST);
}

function refusal(thrown: unknown, issuer: string): Fault {
  const fault = tokenFault(thrown, issuer);
  const error = thrownByFetch(thrown);
  const name = codeOf(error);
  if (!(error instanceof client.ResponseBodyError)) return fault;
  const said = `${issuer} answered ${answeredWith(error)}.`;
  if (name === 'access_denied') {
    return new Fault('sign-in.denied', `The sign-in was refused: ${said}`, {
      remedy: 'Sign in again and allow the access.',
      cause: thrown,
    });
  }
  if (name === 'unsupported_grant_type' || name === 'unauthorized_client') {
    return new Fault(
      'sign-in.device-unsupported',
      `This client may not sign in with a device code: ${said}`,
      {
        remedy: 'Its operator has to allow it that grant, or leave out --device-code.',
        cause: thrown,
      },
    );
  }
  if (name === 'invalid_scope') return new Fault('sign-in.scope', said, { cause: thrown });
  // It is no grant's end: there was none.
  if (fault.code === 'token.invalid-grant')
    return new Fault('sign-in.failed', said, { remedy: remedyFor(error), cause: thrown });
  return fault;
}
