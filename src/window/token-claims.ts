import type { TokenClaim } from '../api/window.ts';
import { asString, isObject, parseJson } from '../base/json.ts';
import { plain } from '../base/text.ts';
import { audiences, lookInto } from '../checks/flow.ts';
import type { Grant } from '../oauth/grant.ts';
import { splitScope } from '../oauth/scope.ts';
import type { Exchange } from '../trace/event.ts';

/** Milliseconds by which what a token says of its end may differ from what came with it. */
const TOLERANCE = 120_000;

/**
 * What an access token says, or what the authorization server said of it, held against what was asked for.
 * Never the token. `answer` is the token request as it was recorded. RFC 7519 §4.1, RFC 8707 §2, RFC 9068 §2.2.
 */
export function tokenClaims(
  grant: Grant,
  answer: Exchange | undefined,
  now: number,
): { claims: TokenClaim[]; format: 'jwt' | 'opaque' } {
  const { key, expiresAt } = grant;
  const token = lookInto(grant.accessToken);
  const isOpen = token.format === 'jwt';
  const said = token.claims ?? {};
  const claims: TokenClaim[] = [];
  const add = (
    name: TokenClaim['name'],
    value: string,
    verdict: TokenClaim['verdict'],
    expected?: string,
  ): void => {
    const shown = expected === undefined ? {} : { expected: plain(expected, 500) };
    claims.push({ name, value: plain(value, 500), verdict, ...shown });
  };
  const compare = (name: TokenClaim['name'], values: readonly string[], expected: string) =>
    add(
      name,
      values.join(', '),
      values.length === 0 ? 'missing' : values.includes(expected) ? 'as-expected' : 'other',
      expected,
    );

  if (isOpen) {
    // Where no resource was asked for, nobody said whom it is for.
    if (key.resource === '') {
      const aud = audiences(said).join(', ');
      add('aud', aud, aud === '' ? 'missing' : 'information');
    } else compare('aud', audiences(said), key.resource);
    compare('iss', said.iss === undefined ? [] : [said.iss], key.issuer);
  }

  const scope = said.scope === undefined ? grant.scope : splitScope(said.scope);
  const wished = grant.requestedScope ?? [];
  const held = new Set(scope);
  const isWhole = wished.every(each => held.has(each));
  if (wished.length === 0) add('scope', scope.join(' '), 'information');
  else
    add(
      'scope',
      scope.join(' '),
      isWhole ? 'as-expected' : scope.length === 0 ? 'missing' : 'other',
      wished.join(' '),
    );

  const exp = said.exp === undefined ? undefined : said.exp * 1000;
  const end = exp ?? expiresAt;
  if (end === undefined) add('exp', '', 'missing');
  else {
    const isOver = end <= now;
    const differs = exp !== undefined && expiresAt !== undefined && Math.abs(exp - expiresAt) > TOLERANCE;
    const expected = exp === undefined ? undefined : expiresAt;
    const verdict = isOver || differs ? 'other' : expected === undefined ? 'information' : 'as-expected';
    add('exp', dateOf(end), verdict, expected === undefined ? undefined : dateOf(expected));
  }

  const type = tokenType(answer);
  if (type !== undefined)
    add('token_type', type, type.toLowerCase() === 'bearer' ? 'as-expected' : 'other', 'Bearer');
  if (!grant.ofClient)
    add(
      'refresh_token',
      grant.refreshToken === undefined ? '' : 'issued',
      grant.refreshToken === undefined ? 'missing' : 'information',
    );
  return { claims, format: isOpen ? 'jwt' : 'opaque' };
}

/** A time that a date can be, as one; a server may say anything. */
function dateOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

function tokenType(answer: Exchange | undefined): string | undefined {
  if (answer?.outcome.kind !== 'answered') return undefined;
  const body = parseJson(answer.outcome.body?.text ?? '');
  return isObject(body) ? asString(body.token_type) : undefined;
}
