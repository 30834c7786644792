import type { Reference, Severity } from '../../checks/check.ts';
import { Config } from './config.ts';
import { type FileLine, type ReadIncluded, readDump, readWhole, type Whole } from './included.ts';
import type { NginxRule } from './rule.ts';
import { audienceArray, audienceNotChecked, canonicalUri } from './rules/audience.ts';
import { introspectCache } from './rules/introspection.ts';
import { authorizationInLogs, debugErrorLog, introspectionBodyLogged } from './rules/logs.ts';
import { passthrough, stripped } from './rules/passthrough.ts';
import { scopeKnobs } from './rules/scopes.ts';
import { secretInEnvironment } from './rules/secrets.ts';
import { tlsMode } from './rules/tls.ts';

export const NGINX_RULES: readonly NginxRule[] = [
  passthrough,
  stripped,
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
  /** Every file that was judged: it and all it includes. */
  files: readonly string[];
  /** What could not be read as nginx's language. */
  problems: Whole['problems'];
  /** Includes that could not be followed, each with the reason: what stands there was not judged. */
  unread: Whole['unread'];
}

/**
 * Holds a configuration of nginx, with all it includes as far as `read` follows it, against the rules of running an
 * MCP server behind it. What `nginx -T` prints is read as the files it is made of. Never throws.
 */
export function lintNginx(
  file: string,
  text: string,
  read?: ReadIncluded,
): LintReport & { isEmpty: boolean } {
  const dump = readDump(text);
  const whole = dump ? readWhole(dump.main, dump.text, dump.read) : readWhole(file, text, read);
  const { directives, problems, files, unread, placeOf } = whole;
  const main: FileLine['file'] = dump?.main ?? file;
  const lineName = (line: number) => {
    const place = placeOf(line);
    return place.file === main && files.length === 1 ? `line ${place.line}` : `${place.file}:${place.line}`;
  };
  const config = new Config(directives, lineName);
  const flaws = NGINX_RULES.flatMap(({ code, name, severity, references, find }) =>
    [...find(config)].map(flaw => ({ code, name, severity, references, ...flaw })),
  );
  const seen = new Set<string>();
  const findings = flaws
    .sort((one, other) => one.line - other.line)
    .map((flaw): LintFinding => ({ ...flaw, ...placeOf(flaw.line) }))
    // A snippet that several servers include is one place.
    .filter(({ code, file: its, line, title }) => {
      const key = JSON.stringify([code, its, line, title]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  return {
    schema: 1,
    file,
    findings,
    files,
    problems,
    unread,
    isEmpty: !directives.some(({ block, args }) => block || args.length > 0),
  };
}
