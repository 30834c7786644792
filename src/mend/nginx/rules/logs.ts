import { type Config, variablesIn } from '../config.ts';
import { type NginxRule, rfc } from '../rule.ts';

const BEARER = rfc(6750, 'Bearer Token Usage');

export const authorizationInLogs: NginxRule = {
  code: 'OPS-01',
  name: 'authorization-in-logs',
  severity: 'unsafe',
  references: [BEARER],
  *find(config) {
    const secret = carriers(config);
    for (const { directive } of config.named('log_format')) {
      const [format = '', ...texts] = directive.args;
      for (const variable of new Set(texts.flatMap(variablesIn))) {
        if (!secret.has(variable.toLowerCase())) continue;
        const from =
          variable === '$http_authorization' ? '' : ', which holds what is in the Authorization field';
        yield {
          line: directive.line,
          title: `The log format ${format} writes ${variable}${from}.`,
          detail: 'Everybody who can read the log, or a copy of it, can use the tokens in it until they end.',
          remedy: `Take ${variable} out of log_format, and have the tokens that are in logs already revoked.`,
        };
      }
    }
  },
};

/** Variables that hold a token: the field itself, and what maps, set and captures make of it. */
function carriers(config: Config): Set<string> {
  const found = new Set(['$http_authorization', '$oauth2_token_new_token']);
  const has = (text: string) => variablesIn(text).some(each => found.has(each.toLowerCase()));
  const captures = (text: string) =>
    [...text.matchAll(/\(\?P?<(\w+)>/g)].map(([, name]) => `$${name}`.toLowerCase());
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { args, block = [] } of config.maps) {
      const [source = '', target = ''] = args;
      if (!has(source)) continue;
      for (const { name } of block) for (const each of captures(name)) found.add(each);
      // A map to 0 and 1 says that there is a token, and not which.
      if (block.some(({ args: [value = ''] }) => /\$\d/.test(value) || has(value)))
        found.add(target.toLowerCase());
    }
    for (const { directive } of config.named('set', 'if')) {
      const text = directive.args.join(' ');
      if (directive.name === 'if' && has(text)) for (const each of captures(text)) found.add(each);
      if (directive.name === 'set' && has(directive.args[1] ?? ''))
        found.add((directive.args[0] ?? '').toLowerCase());
    }
  }
  return found;
}

export const debugErrorLog: NginxRule = {
  code: 'OPS-02',
  name: 'debug-error-log',
  severity: 'unsafe',
  references: [BEARER],
  *find(config) {
    for (const { directive } of config.named('error_log')) {
      const level = directive.args.slice(1).find(each => /^debug/.test(each));
      if (level === undefined) continue;
      yield {
        line: directive.line,
        title: `The error log is written at the level ${level}.`,
        detail: 'At this level nginx and its modules write request fields into the log, tokens among them.',
        remedy:
          'Set error_log to info or above; for one client’s trouble use debug_connection, and not for long.',
      };
    }
  },
};

/** A whole answer about a token; a single claim is less. */
function isWholeAnswer(variable: string): boolean {
  if (/^\$resp(?:onse)?_body$/i.test(variable)) return true;
  if (!/^\$\w+$/.test(variable)) return false;
  return (
    /jwt_(?:claims|payload)$/i.test(variable) ||
    (/introspect/i.test(variable) && /(?:body|response|result|json)$/i.test(variable))
  );
}
const CLAIM = /^\$(?:oauth2_token_(?!active$|new_token)\w+|sent_http_(?:token|oauth)_\w+)$/i;

export const introspectionBodyLogged: NginxRule = {
  code: 'OPS-03',
  name: 'introspection-body-logged',
  severity: 'unsafe',
  references: [rfc(7662, 'Token Introspection')],
  *find(config) {
    const own = new Set(
      config
        .named('auth_oauth2_token_claim_set', 'auth_jwt_claim_set')
        .map(({ directive }) => directive.args[0] ?? ''),
    );
    for (const { directive } of config.named('log_format')) {
      const [format = '', ...texts] = directive.args;
      for (const variable of new Set(texts.flatMap(variablesIn))) {
        const isWhole = isWholeAnswer(variable);
        if (!isWhole && !CLAIM.test(variable) && !own.has(variable)) continue;
        yield {
          line: directive.line,
          ...(isWhole ? {} : { severity: 'note' }),
          title: `The log format ${format} writes ${variable}, ${isWhole ? 'an answer about a token' : 'a claim of the token'}.`,
          detail: isWhole
            ? 'What an authorization server says of a token tells who used what and with which rights; it does not belong into an access log.'
            : 'A claim tells who used what. Where the log is meant to say so, keep it as you would keep personal data.',
          remedy: `Take ${variable} out of log_format; the request’s status says whether the token was taken.`,
        };
      }
    }
  },
};
