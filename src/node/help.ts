/** The flags that say how a server is reached and signed in to. */
const FLAGS = `Accounts
  --as NAME                    a profile: several accounts on one server; may be \${VAR}

Requests
  --header NAME:VALUE          send a header (repeat; \${VAR} in the value is replaced)
  --header-file FILE           headers from a file, one a line
  --transport MODE             http-first (default), sse-first, http-only, sse-only
  --allow-http                 plain http beyond this machine
  --keep-alive                 ping the server every 30 seconds
  --ping-interval SECONDS      ping it at this interval
  --disable-cookies            keep no cookies of the server's
  --ipv4                       no IPv6 addresses
  --connect-timeout SECONDS    for a connection (10)
  --headers-timeout SECONDS    for the beginning of an answer (none)
  --body-timeout SECONDS       without a byte of an answer (none)
  --ignore-tool PATTERN        hide tools (repeat; * matches anything)

Sign-in
  --host NAME                  host of the redirect URI (localhost, 127.0.0.1)
  --callback-path PATH         path of the redirect URI
  --resource URI               the resource parameter to send ("" leaves it out)
  --disable-resource-parameter the same as --resource ""
  --authorize-param NAME=VALUE a further authorization parameter (repeat)
  --static-oauth-client-info JSON|@FILE       a client registered by hand: {"client_id":"…"}
  --static-oauth-client-metadata JSON|@FILE   client metadata for the registration
  --client-metadata-url URL    a client ID metadata document
  --preset NAME                what an identity provider needs beyond the standard, by name, or none
  --device-code                sign in with a code, in any browser on any machine
  --client-credentials         no user: the client's own id and secret bring the token
  --token-endpoint URL         where, with --client-credentials, tokens are asked for
  --use-id-token               send the ID token in place of the access token
  --auth-timeout SECONDS       how long requests wait for a sign-in (45)
  --auth-success-url URL       where the browser goes after a sign-in
  --sign-in-page HOST          its page may be there though the issuer is elsewhere
  --allow-private              the server may name sign-in addresses on private networks
  --assume-pkce                the server does PKCE although it does not say so
`;

/** What `keybridge --help` prints. */
export const HELP = `Keybridge signs in to remote MCP servers once and bridges them to any stdio host.

Usage
  keybridge <server-url> [callback-port] [flags]   the bridge; a host starts it
  keybridge login <server-url> [flags] [--json]    sign in now, and prove that it works
  keybridge logout <server-url> [--as NAME]        drop the sign-in, at the server too
  keybridge forget <server-url> [--as NAME]        drop everything known of a server
  keybridge open [--print]                         the window, in a browser of this machine
  keybridge status [--json]                        servers, sign-ins, connected hosts
  keybridge trace [--follow] [--har FILE]          every request and message, secrets redacted
  keybridge doctor <server-url | issuer-url>       what is wrong with a server, and how it is mended
  keybridge explain [CODE]                         what a code of the doctor's means
  keybridge fix <server-url> [--help]              the configuration that mends a server under a path
  keybridge lint nginx FILE [--help]               what is unsafe in nginx's configuration before a server
  keybridge stop                                   end the background process
  keybridge lab [--help]                           a server and a sign-in to try it on, on this machine
  keybridge lab <name> | --list                    servers with one fault each, to try the doctor on

${FLAGS}
Output
  --debug                      more on stderr
  --silent                     nothing on stderr

Environment
  KEYBRIDGE_HOME     state folder (default ~/.keybridge)
  KEYBRIDGE_BROWSER  program that opens links (with arguments, %s for the link; a : list;
                     none: no browser), else BROWSER, else the system's
  KEYBRIDGE_VAULT    keychain, file or memory: where the key of the sign-ins lives
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are honoured.
`;

/** What the commands have to say of themselves that have no more options than these. */
const COMMANDS: Readonly<Record<string, string>> = {
  login: `keybridge login <server-url> [callback-port] [flags] [--json]

Signs in now, in a browser of this machine, and proves that it works. Where no browser is at hand it prints
the link, and takes the address the browser came back to when that is pasted.

  --json                       one event a line, for programs

The flags are those of the bridge (keybridge <server-url> [callback-port] [flags]); what names another
client, scope or resource is a sign-in of its own.

${FLAGS}`,
  logout: `keybridge logout <server-url> [--as NAME]

Drops the sign-in to a server, at the server too. The same flags as with \`keybridge login\` name the same sign-in.
`,
  forget: `keybridge forget <server-url> [--as NAME]

Drops everything that is known of a server: the sign-in, the registration, and what it has answered before.
The same flags as with \`keybridge login\` name the same sign-in.
`,
  open: `keybridge open [--print]

Opens the window in a browser of this machine. Starts Keybridge where it does not run.

  --print                      print the address instead: good once, and for a minute
`,
  status: `keybridge status [--json]

Lists servers, sign-ins and the hosts that are connected. Starts nothing.

  --json                       for programs
`,
  trace: `keybridge trace [--follow] [--har FILE]

Prints every request and message, with secrets taken out.

  --follow                     go on as it happens, until Ctrl+C
  --har FILE                   write an HTTP Archive instead
`,
  explain: `keybridge explain [CODE]

Says what a code of the doctor's means, such as PRM-05. Without a code it lists them all.
`,
  stop: `keybridge stop

Ends the background process, once calls under way have their answers or after five seconds. Hosts go on with
their next request.
`,
};

/** Commands that read \`--help\` themselves. */
const OWN = ['lab', 'doctor', 'fix', 'lint'];

/** The help a command line asks for, if it does: that of its command, or all of it. */
export function helpFor([command = '', ...rest]: readonly string[]): string | undefined {
  if (command === 'help' && rest.length === 1 && Object.hasOwn(COMMANDS, rest[0] ?? ''))
    return COMMANDS[rest[0] ?? ''];
  if (['help', '-h', '--help'].includes(command)) return HELP;
  if (!rest.some(word => word === '--help' || word === '-h') || OWN.includes(command)) return undefined;
  if (Object.hasOwn(COMMANDS, command)) return COMMANDS[command];
  return rest.includes('--help') ? HELP : undefined;
}
