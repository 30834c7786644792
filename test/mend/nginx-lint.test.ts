import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/checks/catalogue.ts';
import { mend } from '../../src/mend/mending.ts';
import { lintNginx, NGINX_RULES } from '../../src/mend/nginx/lint.ts';
import { readSite } from '../../src/mend/site.ts';

/** `CODE severity line` of everything found. */
const found = (text: string): string[] =>
  lintNginx('x.conf', text).findings.map(({ code, severity, line }) => `${code} ${severity} ${line}`);
const only = (code: string, text: string): string[] => found(text).filter(each => each.startsWith(code));

const URI = 'https://mcp.example/mcp';
const JWT = `auth_jwt "mcp"; auth_jwt_require_claim aud any json=["${URI}"];`;
const server = (body: string, listen = 'listen 443 ssl;') => `http { server { ${listen}\n${body}\n} }`;
const mcp = (body: string) => server(`location /mcp { ${body} proxy_pass http://127.0.0.1:8000; }`);
const EMPTY = 'proxy_set_header Authorization "";';

const RIGHT = `
error_log /var/log/nginx/error.log info;
http {
    include mime.types;
    log_format main '$remote_addr "$request" $status';
    auth_oauth2_token_client_id rs;
    auth_oauth2_token_client_secret_file /run/secrets/rs.secret;
    auth_oauth2_token_claim_set $oauth2_aud aud;
    map "" $mcp_canonical_uri { default "${URI}"; }
    map "" $mcp_required_scope { default "mcp:read"; }
    map "" $mcp_scopes_supported_json { default '["mcp:read","mcp:write"]'; }
    map $oauth2_aud $mcp_aud_ok { default 0; "${URI}" 1; }
    auth_oauth2_token_introspect_cache zone=introspect:10m max_ttl=60s;
    server { listen 80; return 301 https://$host$request_uri; }
    server {
        listen 443 ssl;
        location = /_introspect { internal; proxy_pass https://as.example/introspect; }
        location /mcp {
            auth_oauth2_token_introspect on;
            auth_oauth2_token_introspect_endpoint /_introspect;
            auth_oauth2_token_require $mcp_aud_ok;
            proxy_set_header Authorization "";
            proxy_pass http://127.0.0.1:8000;
        }
    }
}`;

test('a configuration that is right has nothing said of it', () => {
  expect(found(RIGHT)).toEqual([]);
  expect(found(mcp(JWT + EMPTY))).toEqual([]);
});

test('what fix writes has nothing above a note', () => {
  for (const alias of ['app', 'proxy', 'none'] as const) {
    const site = readSite('https://mcp.example/mcp-o365/mcp', 'http://app:8000/mcp');
    expect(found(mend(site, 'nginx', alias).configuration)).toEqual(['MCP-10 note 22']);
  }
});

describe('row 4.5: the token goes no further', () => {
  test.each<[string, string, string[]]>([
    ['checked and handed on', mcp(JWT), ['MCP-10 unsafe 2']],
    ['nobody seen to check it', mcp(''), ['MCP-10 note 2']],
    ['another service checks it', mcp('auth_request /check;'), ['MCP-10 unsafe 2']],
    ['the snippet of nginx-mcp-resource', mcp('include conf/mcp-resource-jwt.conf;'), ['MCP-10 unsafe 2']],
    ['an include that may do it', mcp(`${JWT} include proxy_params;`), ['MCP-10 note 2']],
    [
      'set outside and lost',
      server(`${EMPTY}\nlocation /mcp { ${JWT} proxy_set_header Host $host; proxy_pass http://x; }`),
      ['MCP-10 unsafe 3'],
    ],
    [
      'handed on by name',
      mcp(`${JWT} proxy_set_header Authorization $http_authorization;`),
      ['MCP-10 unsafe 2'],
    ],
    ['set outside and inherited', server(`${EMPTY}\nlocation /mcp { ${JWT} proxy_pass http://x; }`), []],
    ['exchanged for another', mcp(`${JWT} auth_oauth2_token_exchange on;`), []],
    ['no fields handed on at all', mcp(`${JWT} proxy_pass_request_headers off;`), []],
    ['not an MCP server', server('location /shop { proxy_pass http://x; }'), []],
    [
      'its metadata',
      server('location /.well-known/oauth-protected-resource/mcp { proxy_pass http://x; }'),
      [],
    ],
  ])('%s', (_name, text, expected) => {
    expect(only('MCP-10', text)).toEqual(expected);
  });

  test('a lost proxy_set_header is explained', () => {
    const [flaw] = lintNginx(
      'x',
      server(`${EMPTY} location /mcp { ${JWT} proxy_set_header A b; proxy_pass http://x; }`),
    ).findings;
    expect(flaw?.detail).toContain('inherits none');
    expect(flaw?.remedy).toContain(
      'Only if nginx alone validates it, write into location /mcp: proxy_set_header Authorization "";',
    );
  });
});

test.each<[string, string, string[]]>([
  ['the field itself', `log_format a '$status' '"$http_authorization"';`, ['OPS-01 unsafe 1']],
  ['in braces', `log_format a "x\${http_authorization}y";`, ['OPS-01 unsafe 1']],
  [
    'through a map',
    'map $http_authorization $t { ~^Bearer\\s+(.+)$ $1; }\nlog_format a $t;',
    ['OPS-01 unsafe 2'],
  ],
  [
    'through a named capture',
    'map $http_authorization $t { "~*^bearer (?<token>.+)$" 1; }\nlog_format a $token;',
    ['OPS-01 unsafe 2'],
  ],
  [
    'through if and set',
    'log_format a $b;\nif ($http_authorization ~ "(?<tok>.*)") { set $b $tok; }',
    ['OPS-01 unsafe 1'],
  ],
  [
    'through maps in any order',
    'map $t $u { default "x $t"; }\nmap $http_authorization $t { ~^(.+)$ $1; }\nlog_format a $u;',
    ['OPS-01 unsafe 3'],
  ],
  ['the token of an exchange', 'log_format a $oauth2_token_new_token;', ['OPS-01 unsafe 1']],
  ['whether there is one', 'map $http_authorization $has { default 1; "" 0; }\nlog_format a $has;', []],
  ['another field', 'log_format a "$http_user_agent $http_authorization_time";', []],
])('row 4.6: OPS-01, %s', (_name, text, expected) => {
  expect(only('OPS-01', text)).toEqual(expected);
});

test.each<[string, string[]]>([
  ['error_log /x debug;', ['OPS-02 unsafe 1']],
  ['error_log stderr debug_http;', ['OPS-02 unsafe 1']],
  ['error_log /var/log/debug.log info;', []],
  ['error_log debug;', []],
])('row 4.6: %s', (text, expected) => {
  expect(only('OPS-02', text)).toEqual(expected);
});

test.each<[string, string[]]>([
  ['log_format a $introspection_body;', ['OPS-03 unsafe 1']],
  ['log_format a $resp_body;', ['OPS-03 unsafe 1']],
  ['log_format a $oauth2_token_sub;', ['OPS-03 note 1']],
  ['auth_jwt_claim_set $who sub;\nlog_format a $who;', ['OPS-03 note 2']],
  ['log_format a "$oauth2_token_active $introspect_time $body_bytes_sent";', []],
])('row 4.6: %s', (text, expected) => {
  expect(only('OPS-03', text)).toEqual(expected);
});

test.each<[string, string[]]>([
  ['env MCP_CLIENT_SECRET;', ['OPS-04 unsafe 1']],
  ['env OAUTH_SECRET=CANARY;', ['OPS-04 unsafe 1']],
  ['auth_oauth2_token_client_secret CANARY;', ['OPS-04 unsafe 1']],
  ['set $oauth_client_secret "CANARY";', ['OPS-04 unsafe 1']],
  ['map "" $client_secret {\n default "CANARY"; }', ['OPS-04 unsafe 2']],
  ['proxy_set_header Authorization "Basic CANARY";', ['OPS-04 unsafe 1']],
  ['env MCP_CLIENT_SECRET_FILE; env TZ;', []],
  ['auth_oauth2_token_client_secret_file /run/secrets/rs.secret; ssl_password_file /x;', []],
  ['proxy_set_header Authorization "Bearer $token"; set $client_secret $from_njs;', []],
])('row 4.9: %s', (text, expected) => {
  expect(only('OPS-04', text)).toEqual(expected);
  expect(JSON.stringify(lintNginx('x', text))).not.toContain('CANARY');
});

const INTROSPECT = 'auth_oauth2_token_introspect on;';
const cache = (how: string) => `${INTROSPECT} auth_oauth2_token_introspect_cache zone=i:10m ${how};`;
test.each<[string, string[]]>([
  [INTROSPECT, ['OPS-05 fragile 1']],
  [`${INTROSPECT} include conf.d/*.conf;`, ['OPS-05 note 1']],
  [cache(''), ['OPS-05 fragile 1']],
  [cache('max_ttl=5m'), ['OPS-05 fragile 1']],
  [cache('max_ttl=1h'), ['OPS-05 unsafe 1']],
  [cache('max_ttl=0'), ['OPS-05 fragile 1']],
  [cache('max_ttl=60s'), []],
  [cache('max_ttl=1m'), []],
  [cache('max_ttl=30'), []],
  ['auth_oauth2_token_introspect off;', []],
])('row 4.10: %s', (text, expected) => {
  expect(only('OPS-05', text)).toEqual(expected);
});

test('rows 4.3 and 4.4: an audience that is not asked for, or as one string only', () => {
  expect(only('MCP-11', mcp(`auth_jwt "x"; ${EMPTY}`))).toEqual(['MCP-11 unsafe 2']);
  expect(only('MCP-11', mcp(`${INTROSPECT} ${EMPTY}`))).toEqual(['MCP-11 unsafe 2']);
  expect(only('MCP-11', mcp(`auth_jwt "x"; include own.conf;`))).toEqual(['MCP-11 note 2']);
  expect(only('MCP-11', mcp('include conf/mcp-resource-jwt.conf;'))).toEqual([]);
  expect(only('MCP-11', mcp('auth_jwt off;'))).toEqual([]);
  expect(only('MCP-11', RIGHT.replace('auth_oauth2_token_require $mcp_aud_ok;', ''))).toEqual([
    'MCP-11 unsafe 18',
  ]);
  const [note] = lintNginx('x', `auth_jwt_require_claim aud eq "${URI}";`).findings;
  expect(note).toMatchObject({ code: 'TOK-15', severity: 'note' });
  expect(note?.remedy).toContain(`auth_jwt_require_claim .aud[0] eq "${URI}";`);
  expect(note?.remedy).toContain(`auth_jwt_require_claim aud any json=["${URI}"];`);
});

test.each<[string, string, string[]]>([
  ['a slash in the audience', RIGHT.replace(`"${URI}" 1`, `"${URI}/" 1`), ['OPS-06 broken 12']],
  [
    'another port in a claim',
    `set $mcp_canonical_uri ${URI};\nauth_jwt_require_claim aud eq "https://mcp.example:443/mcp";`,
    ['OPS-06 broken 2'],
  ],
  [
    'the JSON twin',
    `set $mcp_canonical_uri ${URI};\nset $mcp_canonical_uri_json '"http://mcp.example/mcp"';`,
    ['OPS-06 broken 2'],
  ],
  [
    'the document',
    `set $mcp_canonical_uri ${URI};\nreturn 200 '{"resource":"https://MCP.example/mcp"}';`,
    ['OPS-06 broken 2'],
  ],
  [
    'several audiences',
    `set $mcp_canonical_uri ${URI};\nauth_jwt_require_claim aud any json=["https://a.example","${URI}"];`,
    [],
  ],
])('row 4.2: OPS-06, %s', (_name, text, expected) => {
  expect(only('OPS-06', text)).toEqual(expected);
});

test('row 4.7: a scope that is asked for and not published', () => {
  expect(found(RIGHT.replace('default "mcp:read"', 'default "mcp:read mcp:admin"'))).toEqual([
    'OPS-07 note 10',
  ]);
});

test.each<[string, string, string[]]>([
  ['every address', 'listen 80;', ['OPS-08 unsafe 1']],
  ['no listen at all', '', ['OPS-08 unsafe 1']],
  ['both', 'listen 443 ssl; listen [::]:8080;', ['OPS-08 unsafe 1']],
  ['behind a balancer', 'listen 8080; set_real_ip_from 10.0.0.0/8;', ['OPS-08 note 1']],
  ['this machine only', 'listen 127.0.0.1:80; listen [::1]:80; listen unix:/run/x; listen localhost:1;', []],
  ['TLS and QUIC', 'listen 443 ssl; listen 443 quic;', []],
])('row 4.1: OPS-08, %s', (_name, listen, expected) => {
  expect(only('OPS-08', server('location / { proxy_pass http://x; }', listen))).toEqual(expected);
});

test('every rule has its name from the catalogue, and a finding its file, line and included files', () => {
  for (const { code, name } of NGINX_RULES)
    expect(CATALOGUE).toContainEqual(expect.objectContaining({ code, name }));
  const report = lintNginx('a/x.conf', 'include b.conf;\nerror_log x debug;');
  expect(report.findings[0]).toMatchObject({ file: 'a/x.conf', line: 2, code: 'OPS-02' });
  expect(report.unread).toEqual([
    { file: 'a/x.conf', line: 1, include: 'b.conf', why: 'Only what was given is read.' },
  ]);
});

test.each<[string, string, string[]]>([
  ['and nobody is seen to validate it', mcp(EMPTY), ['MCP-02 fragile 2']],
  ['and an include may validate it', mcp(`${EMPTY} include own.conf;`), ['MCP-02 note 2']],
  [
    'outside, and it is inherited',
    server(`${EMPTY}\nlocation /mcp { proxy_pass http://x; }`),
    ['MCP-02 fragile 3'],
  ],
  ['where nginx validates it', mcp(`${JWT} ${EMPTY}`), []],
  ['where a service validates it', mcp(`auth_request /check; ${EMPTY}`), []],
  ['of no MCP server', server(`location /shop { ${EMPTY} proxy_pass http://x; }`), []],
  ['not', mcp(''), []],
])('MCP-02: the token is taken off, %s', (_name, text, expected) => {
  expect(only('MCP-02', text)).toEqual(expected);
});

test('nothing that lint advises breaks a server that validates tokens itself', () => {
  // What the token is taken off for is always asked, and never said without the condition.
  for (const text of [mcp(''), mcp(JWT), mcp('auth_request /check;')]) {
    const [flaw] = lintNginx('x', text).findings.filter(({ code }) => code === 'MCP-10');
    expect(flaw?.remedy).toMatch(/^Find out (?:who validates the token|whether the server behind reads)/);
    expect(flaw?.remedy).toMatch(/refuse[sd]? .*401\. Only if nginx alone validates it, write/);
  }
});
