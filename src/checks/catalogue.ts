import type { Severity } from './check.ts';

/**
 * How an entry can be seen. `P`: by asking without signing in. `A`: by asking for something that leaves a trace
 * at the server. `F`: during a sign-in. `L`: on this machine. `R`: in the bridge's own traffic. `config`: in the
 * server's configuration only.
 */
export type Detection = 'P' | 'A' | 'F' | 'L' | 'R' | 'config';

/** One known way in which remote MCP servers fail. */
export interface Entry {
  code: string;
  name: string;
  detection: readonly Detection[];
  severity: Severity;
  /** What it means, in plain words. */
  words: string;
  /** What its operator, or the user, does about it. */
  mend: string;
  /** Why the doctor has no rule for it, where it has none. */
  why?: string;
}

/** One entry a line: code and name, detection, severity, what it means, what to do, and why there is no rule. */
const TABLE = `
NET-01 dns-unresolvable | P | broken | The name of the host leads nowhere from this machine, or in one address family only. | Publish the record; where names differ inside and outside, look at the VPN and the internal DNS.
NET-02 tls-untrusted-chain | P | broken | Programs other than browsers do not trust the certificate: it is expired, for another name, signed by a private authority, or sent without its intermediate. | Send the whole chain and renew in time; for a company's own authority, give clients its certificate instead of turning the check off.
NET-03 tls-reset-by-source | P | fragile | The TLS handshake is cut off for some networks, so that a cloud connector fails where this machine succeeds. | Let the addresses of the cloud client through the firewall.
NET-04 proxy-required | L | broken | This machine reaches the outside through a proxy only. | Set HTTPS_PROXY and NO_PROXY where the client is started.
NET-05 waf-challenge | P | broken | A filter against robots answered with a page of its own, and the server never saw the request. | Exempt the MCP address, /.well-known/ and the OAuth endpoints from the filter.
NET-06 empty-ua-blocked | P | fragile | Requests without a User-Agent are turned away, and some clients send none. | Do not block an empty User-Agent on the MCP address, /.well-known/, the token and the registration endpoint.
NET-07 login-wall-redirect | P | broken | A gate made for browsers sends programs to its sign-in page. | Exempt the MCP address, /.well-known/ and the OAuth endpoints from the gate, or turn on its mode for OAuth.
NET-08 host-header-421 | P | broken | The server does not know the name it is reached by and refuses every request as misdirected. | Add the public name to its allowed hosts, and have the proxy hand on the Host field.
NET-09 origin-403 | P | fragile | Requests that name a browser's origin are refused; a client in a browser cannot connect. | Allow the origins of the clients in browsers that are meant to work.
NET-10 plaintext-endpoint | P | broken | An address is plain http beyond one machine: tokens could be read on the way. | Serve it with TLS and never publish the plain port.
NET-11 post-becomes-get | P | broken | The redirect lets clients turn their POST into a GET, which is then refused. | Serve the final address directly; where a redirect must be, use 308 on the same origin.
NET-12 cors-preflight-blocked | P | fragile | A browser's question before the request is not answered, or answers hide the fields a client needs. | Answer OPTIONS before authentication; allow the MCP fields and expose WWW-Authenticate and Mcp-Session-Id.
NET-13 rate-limited | P | fragile | The server counts requests and refused some of those a client needs to begin. | Raise the limit for metadata, and let clients cache it.
NET-14 tunnel-url-leak | P | broken | The server is reached through a tunnel and publishes the address behind it. | Tell the server its public URL, or have it trust the tunnel's forwarded fields.
NET-15 dead-edge-route | P | broken | The name leads to an edge that has no way to the server. | Add the route to the tunnel or ingress, and see that the server runs.
NET-16 path-depth-edge | P | fragile | The edge handles metadata at the root of the host and not below a path. | Give the server a host name of its own.
NET-17 no-answer-in-http | P | broken | Nothing that is sent to the host comes to an answer in HTTP, and no other rule knows why. | Check port and scheme, and what listens there.
NET-18 gate-refuses | P | broken | A gate in front of the application answers 401 or 403 by itself, and the server never sees the request. | Exempt the MCP address, /.well-known/ and the OAuth endpoints from the gate.
URL-01 trailing-slash-307 | P | broken | The address redirects to itself with, or without, a slash at its end, and many clients do not follow with a POST. | Serve exactly the address that is given out.
URL-02 redirect-downgrades-https | P | broken | A redirect leads from https to plain http, because the application does not know about TLS before it. | Have the proxy send X-Forwarded-Proto and the application trust it, or do without the redirect.
URL-03 redirect-drops-auth | F | broken | The server redirects to another origin, where a client rightly sends no token. | Redirect on the same origin only, or not at all.
URL-04 wrong-endpoint | P | broken | The URL is not where the server speaks MCP. | Give out the address of the Streamable HTTP endpoint, often /mcp.
URL-05 banner-instead-of-405 | P | fragile | GET is answered with a page or a greeting, which some clients take for something else. | Answer GET with an event stream or with 405; show a page to browsers only.
URL-06 head-get-not-405 | P | note | HEAD or GET is answered neither with an event stream nor with 405. | Answer 405 with Allow: POST.
URL-07 406-accept | P | fragile | The server did not accept the two media types a client must accept, perhaps because something rewrote the field. | Leave the Accept field alone on the way.
URL-08 spa-shadows-stream | P | fragile | A web application before the server takes GET requests that were meant for MCP. | Put the MCP route before the pages.
URL-09 ingress-strips-prefix-wrong | P | broken | Something before the server takes too much or too little of the path away. | Strip the prefix for the MCP address only, and check what the server behind receives.
CHL-01 401-no-challenge | P | broken | The server says no, and not where to sign in. | Send WWW-Authenticate: Bearer with resource_metadata.
CHL-02 challenge-no-resource-metadata | P | note | The refusal does not name the metadata; clients that know the well-known address find it all the same. | Add resource_metadata to the challenge.
CHL-03 resource-metadata-404 | P | broken | The refusal names an address where nothing is. | Name the address where the metadata is served: the well-known part stands between host and path.
CHL-04 resource-metadata-http-or-wrong-host | P | broken | The refusal names an address inside, or without TLS: the server does not know its public URL. | Tell the server its external URL, or have it trust forwarded fields of the proxy.
CHL-05 header-renamed-by-gateway | P | broken | A gateway has renamed WWW-Authenticate, so that clients do not see it. | Map the field back, or put something before the gateway that does.
CHL-06 params-stripped | P | fragile | Something on the way has dropped parameters of the challenge. | Update or configure the proxy so that it hands the field on as it is.
CHL-07 403-instead-of-401 | P | broken | A request without a token is answered with "forbidden", which is no invitation to sign in. | Answer 401 for a token that is missing or bad, 403 for one with too few rights.
CHL-08 404-405-500-instead-of-401 | P | broken | A missing token looks like a missing page or a broken server. | Check the token first and answer 401 with a challenge.
CHL-09 lazy-auth | P | note | The server lets everybody begin and asks for a sign-in at the first real call. | Fine where it is meant; refuse earlier for clients that sign in as they connect.
CHL-10 auth-error-inside-200 | R | broken | A bad token is reported inside a successful answer, where no client looks for it. | Answer 401 with error="invalid_token".
CHL-11 bad-token-not-rejected | A | unsafe | A made-up token is accepted, or breaks the server. | Check every token, and answer 401 with error="invalid_token".
CHL-12 challenge-from-client-headers | P | unsafe | Whoever sends a forwarded host decides which address the challenge names. | Build the address from the configuration, and trust forwarded fields of your own proxy only.
CHL-13 challenge-points-to-as-doc | P | broken | The refusal names the authorization server's document instead of the resource's. | Name the protected resource's metadata.
CHL-14 scope-challenge-vs-metadata | P | note | The challenge and the metadata name different scopes, so clients ask for different ones. | Keep both in step, unless the difference is meant.
CHL-15 redirect-before-auth | P | broken | A redirect comes before the refusal, so that no client sees the challenge. | Refuse first, or serve the final address directly.
CHL-16 non-bearer-only | P | broken | The server asks for another kind of sign-in than OAuth. | Offer Bearer, or say which header clients are to send.
CHL-17 open-server-phantom-oauth | P | fragile | The server lets everybody in, and its well-known addresses look as if there were a sign-in. | Answer 404 at /.well-known/oauth-* there.
CHL-18 first-request-stops | P | broken | What answers the first request lets somebody get no further, and no other rule knows why. | Answer with a result, or with 401 and a challenge.
PRM-01 path-variant-404 | P | broken | The resource's metadata is missing at the address made from the server's path. | Serve it there: the well-known part, then the whole path.
PRM-02 root-404 | P | note | There is no metadata at the host's root, where some clients look only. | Serve it there too where the host has one resource.
PRM-03 doubled-suffix | P | broken | The path stands twice in the address of the metadata. | Configure the base URL without the path of the MCP endpoint.
PRM-04 under-mount-prefix | P | broken | The metadata is published below the application's own path, where no client looks. | Route the well-known address at the host's root to the application.
PRM-05 html-200 | P | broken | A web page stands where metadata is due. | Route the address to the server, or answer 404.
PRM-06 metadata-needs-auth | P | broken | The metadata itself wants a sign-in. | Publish it to everybody.
PRM-07 resource-http-scheme | P | broken | The metadata calls the resource by plain http although it is reached with TLS. | Tell the server its external URL, or have it trust X-Forwarded-Proto.
PRM-08 resource-is-origin | P | fragile | The metadata names the whole host and not the endpoint; clients that compare exactly refuse it. | Set resource to the URL of the endpoint.
PRM-09 resource-hardcoded-path | P | fragile | One document is served for every path and fits one of them. | Name the resource that was asked for.
PRM-10 resource-other-host | P | broken | The metadata is about another host, so that clients must not use it. | Have the gateway publish metadata of its own.
PRM-11 resource-slash-port-case | P | fragile | The resource differs from the address in a slash, a port or letters' case, and is another string. | Use one spelling everywhere, without a slash at the end.
PRM-12 resource-not-https-url | P | fragile | The resource is no https URL, which the metadata wants. | Name it by its https URL, and map that to the audience the authorization server knows.
PRM-13 resource-missing | P | broken | The metadata has no resource. | Add it.
PRM-14 no-authorization-servers | P | broken | The metadata does not say who signs users in. | List at least one issuer.
PRM-15 as-url-is-not-an-as | P | broken | The issuer that is listed publishes no metadata. | Correct the issuer, or publish its metadata.
PRM-16 as-url-is-a-document-or-endpoint | P | broken | A document or an endpoint is listed where an issuer belongs. | List the issuer itself.
PRM-17 internal-names | P | broken | The metadata names machines that are reached from inside only. | Publish the external URL.
PRM-18 pkce-or-as-fields-in-prm | P | note | Members that belong to the authorization server stand in the resource's metadata, where nobody reads them. | Move them to the authorization server's metadata.
PRM-19 offline-access-in-prm | P | note | The resource lists offline_access, which is no right of the resource. | List it in the authorization server's metadata.
PRM-20 no-scopes-anywhere | P | fragile | Neither challenge nor metadata names scopes, so clients guess. | Publish the least that is needed.
PRM-21 redirect-on-well-known | P | fragile | The metadata is behind a redirect, which some clients do not follow. | Serve it directly.
PRM-22 content-type | P | fragile | The metadata is not labelled as JSON. | Send Content-Type: application/json and nothing before the document.
PRM-23 multiple-as | P | note | Several authorization servers are listed, and the client chooses. | Put the preferred one first.
PRM-24 vendor-well-known | P | note | The metadata is at a vendor's own address, which only the challenge tells of. | Serve it at the standard address too.
PRM-25 bearer-methods | P | note | The metadata does not say that tokens go into the header, or allows them in URLs. | Set bearer_methods_supported to ["header"].
PRM-26 stale-cdn-copy | P | fragile | A cache hands out an old copy of the metadata. | Purge it, and let it live shortly.
PRM-27 resource-metadata-stops | P | broken | What is at the address of the resource metadata lets somebody get no further, and no other rule knows why. | Serve the document as RFC 9728 has it.
ASM-01 path-insertion-404 | P | broken | The issuer has a path, and its metadata is not where that path puts it. | Serve it at the well-known address followed by the path.
ASM-02 no-openid-configuration | P | fragile | Only OAuth's address answers, and some clients ask at OpenID's only. | Serve the same document at openid-configuration.
ASM-03 openid-alias-redirect | P | note | OpenID's address redirects; clients that do not follow find nothing. | Serve the document itself there.
ASM-04 oidc-append-only | P | fragile | Only OpenID's form of the address works, which some clients do not try. | Where it cannot be changed, publish a copy at OAuth's address on the MCP server's host.
ASM-05 5xx-stops-fallback | P | broken | A well-known address answers with a server error, after which clients stop looking. | Answer 404 where there is nothing.
ASM-06 issuer-trailing-slash | P | broken | The issuer is written with a slash at its end in one place and without in the other. | Publish one spelling in both.
ASM-07 issuer-path-mismatch | P | broken | The document belongs to another issuer than the one that was asked. | Publish the issuer under which the document is found.
ASM-08 issuer-or-endpoints-http | P | broken | The document names plain http addresses although it came with TLS. | Tell the server its external URL, or have it trust forwarded fields.
ASM-09 issuer-template | P | broken | The issuer is a template or stands for many tenants. | List the issuer of one tenant.
ASM-10 pkce-not-advertised | P | broken | The document does not say that PKCE is supported, and careful clients stop. | Publish code_challenge_methods_supported with S256.
ASM-11 pkce-without-s256 | P | broken | PKCE is offered without the method clients use. | Support S256 and say so.
ASM-12 no-dcr-no-cimd | P | broken | A client that nobody has registered cannot register itself. | Support client ID metadata documents or registration, or hand out client IDs.
ASM-13 dcr-advertised-but-off | A | broken | Registration is promised and refused. | Turn it on, or leave registration_endpoint out.
ASM-14 cimd-advertised-not-done | F | broken | Client ID metadata documents are promised and not read. | Implement them, or clear the flag.
ASM-15 required-fields-missing | P | broken | The document lacks a member that clients cannot do without. | Add issuer, the two endpoints and response_types_supported.
ASM-16 endpoints-unreachable-or-internal | P | broken | The document names endpoints that cannot be reached from here. | Publish external addresses.
ASM-17 endpoints-off-issuer-origin | P | note | Endpoints are on another origin than the issuer; allowed, and worth a look. | See that this is meant.
ASM-18 auth-methods-lie | A F | broken | The document lists ways for a client to prove itself that do not work. | List what works, with none for public clients.
ASM-19 grants-without-refresh | P | fragile | The document does not offer refresh tokens, so users sign in again and again. | Add refresh_token to grant_types_supported.
ASM-20 broad-or-empty-scopes | P | fragile | The list of scopes has more than a client may ask for, or none. | Name the scopes that are needed in challenge and resource metadata.
ASM-21 iss-flag-mismatch | F | broken | The document promises the issuer in answers, and it is missing or another. | Send iss, the same string as the issuer.
ASM-22 no-metadata-legacy-fallback | P | broken | There is no metadata at all, and clients guess endpoints that may not exist. | Publish both documents.
ASM-23 html-200 | P | broken | A web page stands where the authorization server's metadata is due. | Route the address to the server, or answer 404.
ASM-24 jwks-broken | P | fragile | The keys that tokens are checked with cannot be read. | Serve the key set at jwks_uri.
ASM-25 response-modes-form-post | P | fragile | The answer of a sign-in comes as a POST only. | Support query too.
ASM-26 oidc-vs-oauth-documents-differ | P | fragile | The two documents of one issuer contradict each other. | Serve the same in both places.
ASM-27 manual-as-needed | P | note | The authorization server is known by hearsay only, so users have to name it. | Publish the resource's metadata.
ASM-28 server-metadata-stops | P | broken | What is at the address of the server metadata lets somebody get no further, and no other rule knows why. | Serve the document as RFC 8414 has it.
REG-01 redirect-uri-refused | A | broken | The server registers no addresses of programs on a user's machine. | Allow loopback addresses with any port, or list the client's.
REG-02 application-type-web | A | broken | The server takes every client for a web application, which may not use loopback addresses. | Accept application_type native.
REG-03 grant-types-pair-required | A | broken | The server insists on a certain set of grant types. | Accept fewer than all.
REG-04 default-auth-method-refused | A | broken | The server refuses the very method it would choose itself. | Make none or client_secret_post the default.
REG-05 scope-refused | A | broken | The server refuses to register because of the scopes asked for. | Leave out what is not known instead of refusing.
REG-06 no-secret-expiry | A | fragile | A secret is issued without the time at which it ends. | Send client_secret_expires_at, 0 for never.
REG-07 method-changed-in-response | A | fragile | The server registers another method than the client asked for. | Keep what was asked for; a client follows the answer.
REG-08 non-json-error | A | fragile | A refusal is no JSON, so that clients cannot tell why. | Answer errors as RFC 7591 has them.
REG-09 anonymous-dcr-forbidden | A | broken | Only known parties may register clients. | Allow it for the hosts users sign in from, or hand out client IDs.
REG-10 waf-on-register | A | broken | A filter stands before the registration. | Exempt the registration endpoint.
REG-11 echoes-unsupported-grants | A | note | The answer confirms grants that the server does not do. | Answer with what was registered.
REG-12 cimd-fetch-fails | F | broken | The authorization server cannot fetch the client's document. | Allow it to reach the outside; serve the document with 200 and its exact client_id.
REG-13 registration-pruned | F | broken | The server has forgotten a client that it registered. | Keep registrations over restarts, and answer invalid_client.
REG-14 preset-client-ignored | L | fragile | A client registers although it was given an ID. | Update the client.
REG-15 dangerous-redirects-accepted | A | unsafe | The server registers redirect addresses through which codes can be stolen. | Refuse schemes such as javascript:, and plain http beyond loopback.
REG-16 shared-static-upstream-client | F | unsafe | All clients share one identity upstream and nobody is asked for consent for each of them. | Ask the user for every client that is registered.
REG-17 registration-stops | A F | broken | A registration does not bring a client that can be used, and no other rule knows why. | See what the endpoint says, and answer as RFC 7591 has it.
REG-18 client-name-wanted | A | fragile | The server refuses a client that sends no name, which it may leave out. | Do without client_name (RFC 7591 §2).
AZ-01 AADSTS9010010 | F | broken | Entra finds that the resource does not fit the scopes. | Make the Application ID URI equal to the resource and put it before each scope, or leave the resource out.
AZ-02 AADSTS901002 / upstream-forwarded-resource | F | broken | The resource is handed on to an identity provider that does not take it. | Strip it before it is handed on.
AZ-03 AADSTS650053 | F | broken | A scope lost the name of its resource, so that Entra looks for it in another one. | Publish scopes with the whole Application ID URI before them.
AZ-04 AADSTS50011 | F | broken | The address to come back to is not registered with Entra. | Register it exactly, its path included.
AZ-05 AADSTS65001 / admin consent | F | broken | Nobody has consented to what the application asks for. | Grant consent, for all users where an administrator has to.
AZ-06 AADSTS700016 | F | broken | The tenant does not know the application. | Check client ID and tenant.
AZ-07 unknown-client | F | broken | The page says that the client is unknown, and no client ever hears of it. | Keep registrations; register again after a loss.
AZ-08 invalid_scope | F | broken | The scopes that were asked for are more, or less, than the server takes. | Name the scopes that are needed in the challenge.
AZ-09 audience-parameter-needed | F | broken | The server ignores the resource, so that tokens are for nobody in particular. | Set a default audience, or have clients send audience.
AZ-10 csp-form-action | P F | broken | The consent page forbids the browser to go back to the client. | Take form-action out of that page's policy, or add the redirect's origin.
AZ-11 loopback-port-exact | F | broken | The server compares the port of loopback addresses, which is another each time. | Ignore the port of loopback addresses (RFC 8252 §7.3).
AZ-12 localhost-vs-127 | F | broken | The server accepts one of the two names of this machine. | Accept localhost and 127.0.0.1.
AZ-13 resource-mutated | F | broken | The resource was changed on its way into the request. | Accept both spellings; clients send it as it is.
AZ-14 login-drops-request | F | broken | After the sign-in the user ends on a home page, for the request was forgotten. | Keep the request over the sign-in.
AZ-15 pkce-optional-or-ignored | A | unsafe | The server accepts requests without PKCE. | Require S256.
AZ-16 silent-bounce | F | broken | The browser comes back at once, with neither code nor error. | Send an error; clients name a scope.
AZ-17 sign-in-stops | A F | broken | The sign-in ends without a code, and no other rule knows why. | See what the authorization server says it refuses.
CB-01 port-in-use | L | broken | The port of the callback is taken by another program. | End the other program, or let one process own the port.
CB-02 dual-process-pkce-mixup | L | broken | Two bridges sign in at once and one gets the answer of the other. | Use one process for all sign-ins.
CB-03 ipv4-ipv6-loopback | L | broken | The listener has one address family, and the browser uses the other. | Listen on both, or use 127.0.0.1.
CB-04 proxy-redeems-code-itself | F | broken | A proxy redeems the code itself, for which it lacks the verifier. | Hand code and state on to the client, which redeems at the proxied token endpoint.
CB-05 code-missing-at-client | F | broken | The callback arrives with neither code nor error. | Hand both on in the redirect.
CB-06 unknown-state | F | broken | The server's own callback has forgotten the state. | Keep it where all replicas find it, until it is used.
CB-07 iss-check | F | broken | The answer names another issuer than the one that was asked. | Send the issuer's exact string; if it was, take it for an attack.
CB-08 browser-cannot-reach-loopback | L | broken | The browser runs on another machine than the client. | Paste the address it ends on, or forward the port.
CB-09 error-forwarded | F | note | The user or the identity provider refused. | Show the reason; relays hand errors on.
CB-10 listener-port-not-redirect-port | L | broken | The listener has another port than the redirect address. | Update the client. | It is the fault of another client.
CB-11 code-used-twice | F | broken | A code was redeemed a second time after a first failure. | Look at the first error; it is the real one.
TOK-01 AADSTS9002313 | F | broken | Entra received no verifier that fits. | Look for a proxy that redeems the code itself.
TOK-02 invalid_grant-pkce | F | broken | Verifier and challenge do not belong together. | See that one process does the whole sign-in.
TOK-03 AADSTS7000218 | F | broken | Entra wants a secret, for the redirect address is registered as a web application's. | Register it under mobile and desktop applications.
TOK-04 AADSTS9002326/9002327 | F | broken | Entra takes the code from browsers only, for the redirect address is registered as a page's. | Register it under mobile and desktop applications.
TOK-05 AADSTS700025/90023 | F | broken | A secret was sent for a client that must have none. | Leave the secret out.
TOK-06 invalid_client-method | F | broken | The client proves itself in a way the server does not take. | Accept the method that was registered.
TOK-07 basic-not-form-encoded | F | fragile | Secrets with special characters fail, for the server does not decode them. | Decode both parts as RFC 6749 §2.3.1 says.
TOK-08 not-json-or-200-error | A F | broken | The token endpoint answers in a form clients do not read, or calls an error a success. | Answer JSON, and errors with 400.
TOK-09 redirect-uri-differs | F | broken | The redirect address differs between the two requests. | Send, and rewrite, the same in both.
TOK-10 expires-in-missing-or-odd | F | fragile | The answer does not say, as a number, how long the token lives. | Send expires_in in seconds.
TOK-11 no-refresh-token | F | fragile | There is no refresh token, so the user signs in again when the token ends. | Issue refresh tokens, and list offline_access where it is needed for them.
TOK-12 opaque-or-jwe | F | fragile | The token cannot be looked into; often it is for no API in particular. | Set an audience or resource.
TOK-13 aud-empty | F | broken | The token does not say for whom it is. | Put the resource into aud.
TOK-14 aud-not-resource | F | broken | The token is for somebody else. | Make the audience and what the server expects one.
TOK-15 aud-array | F | broken | The token lists its audience, and the server compares one string. | Accept a list that has the resource in it.
TOK-16 iss-v1-v2 | F | broken | Entra issued a token of its first version. | Set requestedAccessTokenVersion to 2.
TOK-17 scope-narrowed | F | fragile | Less was granted than was asked for. | Grant what the server's tools need.
TOK-18 clock-skew | F | fragile | Clocks differ, so tokens are not valid yet, or no more. | Set the clocks, and allow some leeway.
TOK-19 token-endpoint-http | P | broken | The token endpoint is plain http, and clients refuse it. | Serve it with TLS.
TOK-20 token-cors | P | fragile | Clients in browsers may not call the token endpoint. | Send Access-Control-Allow-Origin there.
TOK-21 refresh-race | R | fragile | Two processes used one refresh token, and one of them lost. | Let one process renew; allow a moment of reuse.
TOK-22 refresh-loses-resource/scope | R | broken | A renewed token lacks what the first one had. | Send the same resource and scope again.
TOK-23 token-request-stops | A F | broken | The token request brings no token, and no other rule knows why. | See what the token endpoint says it refuses.
MCP-01 401-after-login | F | broken | The server refuses a fresh token. | Compare issuer, audience, scope and times of the token with what the server expects.
MCP-02 authorization-stripped | F | broken | The token is taken off on the way to the server. | Have the proxy hand Authorization on.
MCP-03 insufficient-scope | F | fragile | The token allows too little. | Name all scopes that are needed at once.
MCP-04 session-lost | R | fragile | The session lived in one process that is gone, or another one was asked. | Share sessions or stick to one replica; answer 404 so that clients begin again.
MCP-05 sse-buffered | F | fragile | A proxy holds the stream back until it ends. | Turn buffering off for it.
MCP-06 idle-cut | R | fragile | A proxy ends streams on which nothing is said for a while. | Send comments now and then; wait longer.
MCP-07 version-mismatch | P F | broken | Client and server have no revision in common. | Support a revision that clients speak, and refuse others as the specification says.
MCP-08 header-mismatch | F | broken | Fields that repeat the request are missing or changed. | Hand them on as they are.
MCP-09 jwks-stale | R | broken | The server keeps old keys and refuses tokens signed with new ones. | Fetch the keys again when one is unknown.
MCP-10 token-passthrough | config | unsafe | The client's token is handed on to what stands behind the server. | Take Authorization off before requests go on. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
MCP-11 audience-not-checked | A | unsafe | A token for another server is accepted. | Compare aud with the server's own URL.
MCP-12 get-404-not-405 | P | note | A server without a stream says 404 to GET where 405 is due. | Answer 405.
MCP-13 405-after-login | F | broken | With a token the server says that POST is not allowed: it is not the MCP endpoint. | Correct the URL.
MCP-14 call-stops | P F | broken | A first call is refused although everything before it succeeded, and no other rule knows why. | See what the server says, and what its log has of that request.
LIFE-01 stale-client-after-redeploy | R | broken | After the server was set up anew it does not know the client. | Forget the client and register again.
LIFE-02 double-expiry-loop | R | broken | Both tokens have ended, and the client signs in without ever redeeming the code. | Update the client.
LIFE-03 as-moved | R | broken | The server has another authorization server than the one the sign-in came from. | Register and sign in there.
LIFE-04 expiry-shown-as-dead-server | R | fragile | A token that has ended looks like a server that is gone. | Renew, and say what happened.
LIFE-05 refresh-revoked | R | fragile | The refresh token is no longer good. | Sign in again.
OPS-01 authorization-in-logs | config | unsafe | Tokens are written into the access log. | Take $http_authorization out of log_format. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
OPS-02 debug-error-log | config | unsafe | The error log is so talkative that secrets get into it. | Set error_log to info or above. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
OPS-03 introspection-body-logged | config | unsafe | The answers about tokens are logged. | Do not log them. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
OPS-04 secret-in-env | config | unsafe | A client secret is in the environment, where other processes can see it. | Read it from a file (in nginx-mcp-resource MCP_CLIENT_SECRET_FILE) of mode 600 that is mounted read-only. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
OPS-05 introspect-cache | config | unsafe | Answers about tokens are not cached, or for so long that a revoked token goes on working. | Cache them for a minute at most: auth_oauth2_token_introspect_cache with max_ttl=60s, in the image MCP_INTROSPECT_CACHE_MAX_TTL. | Nothing outside shows it; keybridge lint nginx FILE finds it in the configuration.
OPS-06 canonical-uri-drift | P F | broken | The server's URL is not the same string everywhere. | Use one string for the configuration, the metadata and the audience. | Its parts have rules of their own, PRM-08, PRM-11 and TOK-14; keybridge lint nginx FILE finds it in the configuration.
OPS-07 scope-knobs-drift | P | note | Two settings about scopes say different things. | Keep them in step. | CHL-14 finds what it leads to; keybridge lint nginx FILE finds it in the configuration.
OPS-08 tls-mode | config | unsafe | TLS is off where others can listen. | Turn it on, with certificate and key. | What of it shows outside is NET-10; keybridge lint nginx FILE finds it in the configuration.
`;

/** All entries of the catalogue, by area and number. */
export const CATALOGUE: readonly Entry[] = TABLE.trim().split('\n').map(read);

function read(line: string): Entry {
  const [title = '', detection = '', severity = '', words = '', mend = '', why] = line.split(' | ');
  const [code = ''] = title.split(' ');
  return {
    code,
    name: title.slice(code.length + 1),
    detection: detection.split(' ') as Detection[],
    severity: severity as Severity,
    words,
    mend,
    ...(why === undefined ? {} : { why }),
  };
}

/** The entry of a code. */
export function entryOf(code: string): Entry | undefined {
  return CATALOGUE.find(each => each.code === code);
}
