import type { Reference, Severity } from '../../checks/check.ts';
import type { Config } from './config.ts';

/** What a rule saw in a file. No value of a secret is ever in it. */
export interface Flaw {
  line: number;
  title: string;
  detail: string;
  remedy: string;
  /** Where it is better or worse than the rule as a whole. */
  severity?: Severity;
}

/** One rule on nginx's configuration. */
export interface NginxRule {
  /** Code and name as in the catalogue. */
  code: string;
  name: string;
  severity: Severity;
  references: readonly Reference[];
  find(config: Config): Iterable<Flaw>;
}

const MCP = 'https://modelcontextprotocol.io/specification/2025-11-25/basic';

export const AUTHORIZATION: Reference = {
  title: 'MCP 2025-11-25, Authorization',
  url: `${MCP}/authorization`,
};
export const OAUTH_2_1: Reference = {
  title: 'OAuth 2.1',
  url: 'https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1',
};
export const rfc = (number: number, what: string): Reference => ({
  title: `RFC ${number}, ${what}`,
  url: `https://www.rfc-editor.org/rfc/rfc${number}.html`,
});
