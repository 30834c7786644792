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

Accounts
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

Output
  --debug                      more on stderr
  --silent                     nothing on stderr

Environment
  KEYBRIDGE_HOME     state folder (default ~/.keybridge)
  KEYBRIDGE_BROWSER  program that opens links, else BROWSER, else the system's
  KEYBRIDGE_VAULT    keychain, file or memory: where the key of the sign-ins lives
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are honoured.
`;
