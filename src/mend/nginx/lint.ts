import type { Reference, Severity } from '../../checks/check.ts';
import { Config } from './config.ts';
import { type Parsed, parseNginx } from './parse.ts';
import type { NginxRule } from './rule.ts';
import { audienceArray, audienceNotChecked, canonicalUri } from './rules/audience.ts';
import { introspectCache } from './rules/introspection.ts';
import { authorizationInLogs, debugErrorLog, introspectionBodyLogged } from './rules/logs.ts';
import { passthrough } from './rules/passthrough.ts';
import { scopeKnobs } from './rules/scopes.ts';
import { secretInEnvironment } from './rules/secrets.ts';
import { tlsMode } from './rules/tls.ts';

export const NGINX_RULES: readonly NginxRule[] = [
  passthrough,
  audienceNotChecked,
  audienceArray,
  authorizationInLogs,
  debugErrorLog,
  introspectionBodyLogged,
  secretInEnvironment,
  introspectCache,
  canonicalUri,
  scopeKnobs,
  tlsMode,
];

/** Something wrong in a configuration file. */
export interface LintFinding {
  code: string;
  name: string;
  severity: Severity;
  title: string;
  detail: string;
  remedy: string;
  references: readonly Reference[];
  file: string;
  /** From 1. */
  line: number;
}

export interface LintReport {
  schema: 1;
  file: string;
  findings: readonly LintFinding[];
  /** What could not be read as nginx's language. */
  problems: Parsed['problems'];
  /** Files it includes, which were not looked into. */
  includes: readonly { line: number; file: string }[];
}

/** Holds a configuration of nginx against the rules of running an MCP server behind it. Never throws. */
export function lintNginx(file: string, text: string): LintReport & { isEmpty: boolean } {
  const { directives, problems } = parseNginx(text);
  const config = new Config(directives);
  const findings = NGINX_RULES.flatMap(({ code, name, severity, references, find }) =>
    [...find(config)].map((flaw): LintFinding => ({ code, name, severity, references, file, ...flaw })),
  );
  return {
    schema: 1,
    file,
    findings: findings.sort((one, other) => one.line - other.line),
    problems,
    includes: config.named('include').map(({ directive }) => ({
      line: directive.line,
      file: directive.args[0] ?? '',
    })),
    isEmpty: !directives.some(({ block, args }) => block || args.length > 0),
  };
}
