/** What `keybridge doctor --help` prints. */
export const DOCTOR_HELP = `keybridge doctor: what is wrong with a server, who will notice, and how it is mended

Usage
  keybridge doctor <server-url | issuer-url> … [flags]
  keybridge doctor --issuer URL [flags]      taken for an authorization server in any case
  keybridge explain CODE                     what a code means

It changes nothing at the server unless --active or --login is given, and needs no background process.

Report
  --verbose                everything that was asked, each request as a curl command, all references
  --as-client NAME         the way of one client, step by step: claude, claude-code, vscode, cursor, chatgpt,
                           copilot-cli, gemini-cli, inspector, mcp-remote, typescript-sdk-1, typescript-sdk-2,
                           python-sdk, csharp-sdk, rust-sdk, keybridge
  --json [FILE]            for programs (docs/doctor.schema.json)
  --junit [FILE]           for test reports: a case for each rule
  --sarif [FILE]           for code scanning, SARIF 2.1.0
  --markdown [FILE]        to paste into an issue
  --har [FILE]             every request and answer, HTTP Archive 1.2
  --curl [FILE]            every request as a curl command
                           without FILE to stdout, in place of the words; several at once with files

What is asked
  --active                 also what leaves a trace at the server: trial clients, made-up tokens
                           (KEYBRIDGE_DOCTOR_OTHER_TOKEN: a token for another resource, which must be refused)
  --login                  a whole sign-in, what is in the token, and the first calls with it; nothing is kept.
                           With it, the flags of a bridge's sign-in: --static-oauth-client-info, --resource, …
  --from-trace FILE        nothing: what a bridge recorded is judged (keybridge trace), or an HTTP Archive
  --targets FILE           servers from a file, one URL a line
  --only STEP              one part again: net, url, chl, prm or asm
  --header NAME:VALUE      send a header to the server (repeat; \${VAR} in the value is replaced)
  --header-file FILE       headers from a file, one a line
  --allow-http             plain http beyond this machine

In place of what the servers say; every report tells of it
  --resource-metadata URL  the address of the resource metadata
  --issuer URL             the authorization server (repeat)
  --authorization-endpoint URL, --token-endpoint URL
                           endpoints of the first authorization server
  --registration-endpoint URL, --client-id ID, --scope "A B", --resource URI
                           what --active and --login register, ask for and sign in with
  --user-agent TEXT        in place of Keybridge's own

What counts
  --fail-on LEVEL          broken (default), unsafe or fragile: this or worse is a failure; for keybridge lint
                           the default is unsafe
  --ignore CODE            leave out a code, or an area with PRM-* (repeat)
  --save FILE              keep findings, challenge and metadata as they are now
  --baseline FILE          compare with what --save kept: only new findings count, and every change of
                           challenge or metadata

Exit codes: 0 nothing at that level and nothing that stops a client, 1 findings, 2 a command line that is wrong, 3 a server out of reach.
`;
