import type { Flaw, NginxRule } from '../rule.ts';
import { OAUTH_2_1 } from '../rule.ts';

/** Whether a name is that of a secret: `client_secret`, `oauth_…_secret`, `$oauth…password`. */
function isSecret(name: string): boolean {
  if (/client_?secret/i.test(name)) return true;
  return (name.match(/\w+/g) ?? []).some(word => {
    const at = word.search(/oauth/i);
    return at >= 0 && /secret|password/i.test(word.slice(at + 'oauth'.length));
  });
}

const REMEDY =
  'Read it from a file: auth_oauth2_token_client_secret_file, or MCP_CLIENT_SECRET_FILE for the container; mode 600, mounted read-only (…/rs.secret:/run/secrets/rs.secret:ro).';

export const secretInEnvironment: NginxRule = {
  code: 'OPS-04',
  name: 'secret-in-env',
  severity: 'unsafe',
  references: [OAUTH_2_1],
  *find(config) {
    for (const { directive } of config.places) {
      const { name, args, line, block } = directive;
      const [first = '', second = ''] = args;
      const variable = first.split('=')[0] ?? '';
      if (
        name === 'env' &&
        /secret|passw|private_?key|api_?key/i.test(variable) &&
        !/_(?:FILE|PATH)$/i.test(variable)
      ) {
        yield {
          line,
          title: `The environment variable ${variable} is taken into nginx.`,
          detail: 'What is in the environment is seen by every process of the user, and by docker inspect.',
          remedy: REMEDY,
        };
      } else if (isSecret(name) && !/_file$/.test(name) && isLiteral(first)) {
        yield inFile(line, `${name} has`);
      } else if (name === 'set' && isSecret(first) && isLiteral(second)) {
        yield inFile(line, `set ${first} has`);
      } else if (name === 'map' && isSecret(second)) {
        for (const each of block ?? [])
          if (isLiteral(each.args[0] ?? '')) yield inFile(each.line, `The map to ${second} has`);
      } else if (
        /^(?:proxy|grpc)_set_header$/.test(name) &&
        first.toLowerCase() === 'authorization' &&
        /^(?:basic|bearer)\s+[^\s$]/i.test(second)
      ) {
        yield inFile(line, `${name} Authorization has`);
      }
    }
  },
};

const isLiteral = (value: string): boolean => value !== '' && !/^\$|^(?:file|data):|^\//.test(value);

/** The secret itself is not said again. */
const inFile = (line: number, where: string): Flaw => ({
  line,
  title: `${where} a secret in the configuration itself.`,
  detail: 'Configuration is read by more people and kept in more places than a secret should be.',
  remedy: REMEDY,
});
